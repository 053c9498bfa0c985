import { theRollback as rollback } from '../../support/builders.ts'
import { approvedStory, story } from './card-stories.ts'

/** What its platform refuses. */
export const refusedStories = {
  'its first step was refused': story(
    [
      ...approvedStory,
      ['14:31:06', { kind: 'execution_started', rollback }],
      [
        '14:31:07',
        {
          kind: 'step_failed',
          rollback,
          step: 0,
          message: 'not allowed to patch deployments',
          changed: 'nothing',
        },
      ],
    ],
    '14:32:00',
  ),
}
