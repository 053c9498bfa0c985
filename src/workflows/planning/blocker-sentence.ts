import type { Blocker } from '#domain/rollback/plan.ts'

/** For the record, in one sentence; the card has its own words. */
export function sentence(blocker: Blocker): string {
  switch (blocker.kind) {
    case 'nothing_to_go_back_to':
      return `No version is known to be good (${blocker.considered.join('; ')}).`
    case 'already_there':
      return `${blocker.revision} is what runs already.`
    case 'controller_lagging':
      return `The controller has seen generation ${blocker.observed} of ${blocker.generation}: what runs is not settled.`
    case 'target_missing':
      return `${blocker.revision} cannot be used: ${blocker.why}.`
    case 'schema_crossed':
      return `${blocker.revision} cannot run on the schema as it is: ${blocker.why}; ${blocker.safe === null ? 'the way is forward' : `${blocker.safe} can`}.`
    case 'cannot_reach':
      return `${blocker.what} did not answer: ${blocker.why}.`
    case 'not_allowed':
      return `Countermand may not ${blocker.verb} ${blocker.resource}.`
    case 'refused_by_platform':
      return `The platform refused: ${blocker.message}.`
    case 'unsupported':
      return `${blocker.why}.`
  }
}
