import { theRollback as rollback } from '../../support/builders.ts'
import { approvedStory, running, story } from './card-stories.ts'

/** What its platform refuses, or ends. */
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
  'a step is over': story(
    [
      ...running,
      [
        '14:34:08',
        {
          kind: 'step_failed',
          rollback,
          step: 1,
          message: 'ECS took it back to shop-checkout:3: an alarm rang',
          changed: 'maybe',
          again: { kind: 'go_back' },
        },
      ],
    ],
    '14:34:20',
  ),
}
