import { describe, expect, test } from 'vitest'
import { card } from '#slack/views/index.ts'
import { validateMessage } from '#slack/views/validate-blocks.ts'
import { rendered } from '../../support/render-blocks.ts'
import { cardStories } from './card-stories.ts'

describe('the card', () => {
  test.each(Object.entries(cardStories))('reads well when %s', async (name, input) => {
    const message = card(input)

    expect(validateMessage(message)).toEqual([])
    await expect(
      `notification: ${message.text}\n\n${rendered(message.blocks)}\n`,
    ).toMatchFileSnapshot(`../../golden/cards/${name.replaceAll(' ', '-')}.txt`)
  })
})
