/** What the parts of this page ask the engine for, and tell it. */
import { graphql } from "../../generated";

export const RULE_TO_EDIT = graphql(`
  query RuleToEdit($id: ID!) {
    rule(id: $id) {
      id
      revision
      name
      status
      history(first: 1) {
        edges {
          node {
            rule
          }
        }
      }
      ...RuleStanding
    }
  }
`);

export const CREATE_RULE = graphql(`
  mutation CreateRule($input: RuleInput!) {
    createRule(input: $input) {
      rule {
        id
      }
      userErrors {
        message
        code
        path
      }
    }
  }
`);

export const UPDATE_RULE = graphql(`
  mutation UpdateRule($id: ID!, $expectedRevision: Int!, $input: RuleInput!) {
    updateRule(id: $id, expectedRevision: $expectedRevision, input: $input) {
      rule {
        id
        revision
      }
      userErrors {
        message
        code
        path
      }
    }
  }
`);

export const EXPORT = graphql(`
  query ExportRules {
    exportRules
  }
`);

export const IMPORT = graphql(`
  mutation ImportRules($input: ImportInput!) {
    importRules(input: $input) {
      applied
      revision
      unchanged
      notes
      changes(first: 200) {
        kind
        subject
        details
      }
      userErrors {
        message
        path
      }
    }
  }
`);

/** What an answer to IMPORT does not name, though it changed. */
export const IMPORTING = { additionalTypenames: ["Rule", "Segment", "Catalogue"] };
