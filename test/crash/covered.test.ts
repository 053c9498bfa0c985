import { expect, test } from 'vitest'
import { everyChange } from './changes.ts'
import { stories } from './stories.ts'
import { changesWithoutStory, changesWithStory } from './without-story.ts'

test('whatever an executor can be asked to change has a story in the crash harness, or a reason why not', async () => {
  const named = [...changesWithStory, ...Object.keys(changesWithoutStory)]

  expect(named.toSorted()).toEqual((await everyChange()).toSorted())
})

test('stories are told apart by their titles', () => {
  expect(new Set(stories.map(({ title }) => title)).size).toBe(stories.length)
})
