import { story, type StoryContext } from '#domain/communication/story.ts'
import type { Telling } from '#domain/communication/telling.ts'
import type { Recorded } from '#domain/incident/events.ts'
import { joined, type Markup, mrkdwn, person, quoted } from './markup.ts'

export type LineContext = StoryContext

/** What happened, in the past tense, without the time in front. */
export const eventText = (recorded: Recorded, context: LineContext): Markup =>
  shown(story(recorded, context))

/** People become mentions, everything else is escaped. */
export const shown = (telling: Telling): Markup =>
  joined(
    telling.map((part) => {
      if (typeof part === 'string') return mrkdwn`${part}`
      return 'quote' in part ? quoted(part.quote) : person(part.person)
    }),
    '',
  )
