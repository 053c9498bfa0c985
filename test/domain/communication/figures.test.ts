import { expect, test } from 'vitest'
import { figuresText } from '#domain/communication/figures.ts'
import { aHistory, anIncident, declared, measured, type Told } from '../../support/builders.ts'

const said = (...looked: Told): string =>
  figuresText(anIncident(aHistory(['14:23:00', declared()], ...looked)))
const nothing = { figures: [], unavailable: [] }

test('before anybody has looked, the impact is not measured yet', () => {
  expect(said()).toBe('impact not measured yet')
})

test('a service without metrics does not promise figures for ever', () => {
  expect(said(['14:23:01', measured(nothing)])).toBe(
    'impact not measured: no metrics are configured for it',
  )
})

test('signals that gave no answer are named', () => {
  const event = measured({ figures: [], unavailable: ['error-rate: timed out', 'p95: timed out'] })

  expect(said(['14:23:01', event])).toBe('impact not measured: timed out for 5xx, P95')
})
