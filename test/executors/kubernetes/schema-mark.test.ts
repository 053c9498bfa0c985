import { expect, test } from 'vitest'
import { schemaMark } from '#domain/rollback/schema-range.ts'
import { schemaOf } from '#executors/kubernetes/revision.ts'

test('pods say by an annotation which versions of a schema they can run on', () => {
  const template = (mark: string) => ({
    metadata: { annotations: { [schemaMark]: mark } },
    spec: {},
  })

  expect(schemaOf(template('checkout-db 38..43'))).toEqual({
    schema: { database: 'checkout-db', from: '38', to: '43' },
  })
  expect(schemaOf(template('soon'))).toEqual({})
  expect(schemaOf({ spec: {} })).toEqual({})
})
