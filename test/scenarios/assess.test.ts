import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

test('a bad version is found, shown in a picture, and a rollback is begun from the answer', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', '/assess checkout')
  const answer = play.lastIn('checkout', 'Start rollback…')
  await play.presses('onCall', 'Start rollback…', answer)
  const form = play.world.slack.modal('onCall')
  const pictures = play.world.slack.files().filter(({ file }) => file.mimetype === 'image/png')

  expect(JSON.stringify(form)).toContain('checkout')
  expect(pictures.map(({ content }) => content.subarray(1, 4).toString())).toEqual(['PNG'])
  await expect(play.screenplay()).toMatchFileSnapshot(golden('assessed'))
})

test('a database that is measured by the figures of the checkout does not make it say that the trouble comes from there', async () => {
  play = await stage({ hasDatabase: true })
  await play.ships('checkout')
  await play.types('onCall', '/assess checkout')

  const said = play.screenplay()
  expect(said).toContain('*Roll back checkout*')
  expect(said).toContain('not known: checkout-db')
})

test('what is well is watched, what cannot be measured is not called well', async () => {
  play = await stage()
  await play.types('onCall', '/assess checkout')
  play.world.metrics.fail({ kind: 'empty' })
  await play.types('onCall', '/assess checkout')
  play.world.metrics.fail({ kind: 'nan' })
  await play.types('onCall', '/assess checkout')
  play.world.metrics.fail({ kind: 'down' })
  await play.types('onCall', '/assess checkout')
  await play.types('onCall', '/assess chekout')
  await play.types('outsider', '/assess checkout')

  await expect(play.screenplay()).toMatchFileSnapshot(golden('not-well'))
})
