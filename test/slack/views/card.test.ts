import { describe, expect, test } from 'vitest'
import { hours, instant, minutes, plus } from '#domain/time.ts'
import { card } from '#slack/views/index.ts'
import { cardDeciders } from '#slack/views/who-words.ts'
import { validateMessage } from '#slack/views/validate-blocks.ts'
import { rendered } from '../../support/render-blocks.ts'
import { cardStories } from './card-stories.ts'
import { freezeStories } from './card-freeze-stories.ts'
import { refusedStories } from './card-refused-stories.ts'
import { syncStories } from './card-sync-stories.ts'
import { togetherStories } from './card-together-stories.ts'

const stories = {
  ...cardStories,
  ...freezeStories,
  ...refusedStories,
  ...syncStories,
  ...togetherStories,
}

describe('the card', () => {
  test.each(Object.entries(stories))('reads well when %s', async (name, input) => {
    const message = card(input)

    expect(validateMessage(message)).toEqual([])
    await expect(
      `notification: ${message.text}\n\n${rendered(message.blocks)}\n`,
    ).toMatchFileSnapshot(`../../golden/cards/${name.replaceAll(' ', '-')}.txt`)
  })

  test.each(Object.entries(stories))(
    'says nothing that a minute later would no longer be true when %s',
    (_, input) => {
      // At the end of a window somebody else decides, and the card is drawn again for that.
      const { until = hours(1_000_000) } = cardDeciders(input)
      const later = Math.min(plus(input.now, minutes(1)), until - 1)
      const again = card({ ...input, now: instant(later) })

      expect(rendered(again.blocks)).toBe(rendered(card(input).blocks))
    },
  )

  test.each([
    ['customer-bug', 'errors after deploy', '(Customer-impacting bug): “errors after deploy”'],
    ['security', 'Security vulnerability', '<@U0ONCALL1>: “Security vulnerability”'],
    ['other', 'errors after deploy', '<@U0ONCALL1>: “errors after deploy”'],
  ] as const)(
    'shows the kind of reason %s where it says more than “%s”',
    (reasonKind, reason, shown) => {
      const input = cardStories['it waits for a decision']

      const message = card({ ...input, rollback: { ...input.rollback, reasonKind, reason } })

      expect(rendered(message.blocks)).toContain(shown)
    },
  )
})
