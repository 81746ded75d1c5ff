/** By what are segments compared? */
import { graphql } from "../../generated";
import type { ComparedSegmentFragment } from "../../generated/graphql";

export const COMPARED = graphql(`
  fragment ComparedSegment on Segment {
    key
    name
    kind
    size
    analysis(period: $period) {
      activeUsers
      sessionsPerUser
      conversionRate
      valuePerUser
      churnRiskMean
      underperforming
      topFeatures {
        feature
        share
      }
      series {
        day
        users
        activeUsers
        conversions
      }
    }
  }
`);

export type Compared = ComparedSegmentFragment;
