import { expect, test } from 'vitest'
import type { Archive } from '#cli/command.ts'
import { anArchive, checkout, run } from './support.ts'

test('an incident is written out in the format that was asked for, and the record is closed again', async () => {
  const archive = anArchive()

  const markdown = await run(`timeline export ${checkout}`, { archive })
  const json = await run(`timeline export ${checkout} --format json`, { archive })

  expect(markdown).toEqual({ code: 0, out: `${checkout} as md`, err: '' })
  expect(json.out).toBe(`${checkout} as json`)
  expect(archive.closed).toBe(2)
})

test('the draft of a post-mortem is asked for with the owners of services at hand', async () => {
  const seen: unknown[] = []
  const archive: Archive = {
    ...anArchive(),
    export: async (incident, format, catalogue) => {
      seen.push(incident, format, catalogue?.get('checkout')?.owner)
      return '# Post-mortem\n'
    },
  }

  const draft = await run(`timeline export ${checkout} --format postmortem`, { archive })

  expect(draft).toEqual({ code: 0, out: '# Post-mortem', err: '' })
  expect(seen).toEqual([checkout, 'postmortem', 'Payments'])
})

test('an unknown incident is answered with those that there are', async () => {
  expect(await run('timeline export inc-chekout-7fk3qd', { archive: anArchive() })).toEqual({
    code: 1,
    out: '',
    err: `There is no incident inc-chekout-7fk3qd. There is ${checkout}.`,
  })
})

test('another format is refused', async () => {
  const { code, err } = await run(`timeline export ${checkout} --format pdf`, {
    archive: anArchive(),
  })

  expect(code).toBe(2)
  expect(err).toContain('--format takes md, json or postmortem.')
})

test('a record that holds is said to hold, with how much was looked at', async () => {
  expect(await run('timeline verify', { archive: anArchive() })).toEqual({
    code: 0,
    out: 'The record holds: 1 incident, 12 events.',
    err: '',
  })
})

test('a record that does not hold ends with 1 and names the first bad row of each incident', async () => {
  const broken = [`${checkout}: row 7 was altered.`]

  expect(await run('timeline verify', { archive: anArchive({ broken }) })).toEqual({
    code: 1,
    out: '',
    err: `${broken[0]}\nThe record does not hold (1 incident, 12 events).`,
  })
})

test('to verify an incident that does not exist is no success', async () => {
  const archive = anArchive({ incidents: 0, events: 0 })

  expect(await run('timeline verify inc-nothing', { archive })).toMatchObject({ code: 1, out: '' })
})

test('where only the sandbox was played, the way to its timelines is named, and nowhere else', async () => {
  const empty = anArchive({ incidents: 0, events: 0 })
  const archive = { ...empty, incidents: async () => [], export: async () => undefined }
  const variables = { COUNTERMAND_CONFIG: 'countermand.yaml' }
  const verified = await run('timeline verify', { archive })
  const exported = await run(`timeline export ${checkout}`, { archive })
  const real = await run('timeline verify', { archive, variables })

  expect(verified.out).toContain('What is played in the sandbox stays there')
  expect(exported.err).toContain('What is played in the sandbox stays there')
  expect(real.out).toBe('The record holds: 0 incidents, 0 events.')
})
