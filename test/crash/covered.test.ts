import { expect, test } from 'vitest'
import { everyChange } from './changes.ts'
import { everyEvent } from '../support/every-event.ts'
import { stories } from './stories.ts'
import { changesWithStory, eventsWithStory } from './with-story.ts'
import { changesWithoutStory, withoutStory } from './without-story.ts'

test('whatever an executor can be asked to change has a story in the crash harness, or a reason why not', async () => {
  const named = [...changesWithStory, ...Object.keys(changesWithoutStory)]

  expect(named.toSorted()).toEqual((await everyChange()).toSorted())
})

test('whatever may be written down has one, too, or a reason', () => {
  const named = [...eventsWithStory, ...Object.keys(withoutStory)]

  expect(named.toSorted()).toEqual(Object.keys(everyEvent).toSorted())
})

test('stories are told apart by their titles', () => {
  expect(new Set(stories.map(({ title }) => title)).size).toBe(stories.length)
})
