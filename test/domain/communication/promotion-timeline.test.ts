import { expect, test } from 'vitest'
import { timelineMarkdown } from '#domain/communication/export.ts'
import { promotionEvents, promotionHistory, thePromotion } from '../../support/promotions.ts'

test('the timeline of a promotion says of every row what happened', () => {
  const text = timelineMarkdown(thePromotion, promotionHistory(Object.values(promotionEvents)))
  const rows = text.split('\n').filter((row) => /^\| \d/.test(row))

  expect(rows).toHaveLength(Object.keys(promotionEvents).length)
  expect(rows.filter((row) => /\| *\|$/.test(row))).toEqual([])
})
