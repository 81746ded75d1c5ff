/** Does the rule decide anything, and what did that bring? */
import { Failed, useAnnounce } from "@attune/interface";
import { instant, share, whole } from "@attune/interface/figures";
import { Button } from "react-aria-components";
import { useMutation } from "urql";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { RuleStatus } from "../../generated/graphql";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";

const STANDING = graphql(`
  fragment RuleStanding on Rule {
    id
    revision
    status
    updatedAt
    updatedBy
    performance {
      applied
      users
      conversions
      conversionRate
      dismissals
    }
    experiment {
      status
    }
  }
`);

const SET_STATUS = graphql(`
  mutation SetRuleStatus($id: ID!, $expectedRevision: Int!, $status: RuleStatus!) {
    setRuleStatus(id: $id, expectedRevision: $expectedRevision, status: $status) {
      rule {
        id
        status
      }
      userErrors {
        message
        path
      }
    }
  }
`);

const NEXT: Record<RuleStatus, readonly { status: RuleStatus; name: string }[]> = {
  DRAFT: [
    { status: "ACTIVE", name: "Activate" },
    { status: "ARCHIVED", name: "Archive" },
  ],
  ACTIVE: [
    { status: "PAUSED", name: "Pause" },
    { status: "ARCHIVED", name: "Archive" },
  ],
  PAUSED: [
    { status: "ACTIVE", name: "Activate" },
    { status: "ARCHIVED", name: "Archive" },
  ],
  ARCHIVED: [{ status: "DRAFT", name: "Revive as a draft" }],
};

export function Standing({ of }: { of: FragmentType<typeof STANDING> }) {
  const { id, revision, status, updatedAt, updatedBy, performance, experiment } = readFragment(STANDING, of);
  const choices = useIsAdmin() ? NEXT[status] : [];
  const [result, setStatus] = useMutation(SET_STATUS);
  const announce = useAnnounce();
  const problems = result.data?.setRuleStatus.userErrors ?? [];
  const become = async (next: RuleStatus) => {
    const { data } = await setStatus({ id, expectedRevision: revision, status: next });
    const reached = data?.setRuleStatus.rule?.status;
    if (reached) announce(`The rule is ${reached.toLowerCase()}.`);
  };
  return (
    <div className="card stack">
      <div className="row between">
        <p>
          <span className="tag">{status.toLowerCase()}</span> revision {revision}, changed by {updatedBy} on{" "}
          {instant(updatedAt)}
        </p>
        <div className="row">
          {choices.map((next) => (
            <Button key={next.status} isPending={result.fetching} onPress={() => void become(next.status)}>
              {next.name}
            </Button>
          ))}
          {experiment && <a href={`#/experiments/${id}`}>Experiment {experiment.status.toLowerCase()}</a>}
        </div>
      </div>
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <p className="soft">
        In the last 30 days it was met by {whole(performance.users)} users, {whole(performance.applied)} times;{" "}
        {whole(performance.conversions)} of them converted ({share(performance.conversionRate)}),{" "}
        {whole(performance.dismissals)} dismissals.
      </p>
    </div>
  );
}
