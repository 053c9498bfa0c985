import { expect, test } from 'vitest'
import type { Image } from '#domain/rollback/revision.ts'
import { heldBy } from '#executors/kubernetes/held-by.ts'

const bad = `sha256:${'b'.repeat(64)}`
const good = `sha256:${'a'.repeat(64)}`
const app = (reference: string, digest?: string): Image => ({
  container: 'app',
  reference,
  ...(digest ? { digest } : {}),
})
const proxy = (reference: string): Image => ({ container: 'proxy', reference })
const told = (held: readonly Image[], instead: readonly Image[]) =>
  heldBy({ name: 'v2', images: held }, { images: instead })

test('by the tag as it ran and by its digest', () => {
  expect(told([app('shop/a:2', bad)], [app('shop/a:1', good)])).toEqual({
    kind: 'image',
    images: [['shop/a:2', `@${bad}`]],
  })
})

test('by the tag alone where no digest was seen, and by the digest alone where there is no tag', () => {
  expect(told([app('shop/a:2')], [app('shop/a:1')])).toMatchObject({ images: [['shop/a:2']] })
  expect(told([app(`shop/a@${bad}`, bad)], [app(`shop/a@${good}`, good)])).toMatchObject({
    images: [[`@${bad}`]],
  })
})

test('never by what the version gone back to has as well: the same tag moved on, or the same digest under another tag', () => {
  expect(told([app('shop/a:2', bad)], [app('shop/a:2', good)])).toMatchObject({
    images: [[`@${bad}`]],
  })
  expect(told([app('shop/a:2', good)], [app('shop/a:1', good)])).toMatchObject({
    images: [['shop/a:2']],
  })
})

test('never by a tag that moves: the next version will have it, too', () => {
  expect(told([app('shop/a:latest', bad)], [app('shop/a:1', good)])).toMatchObject({
    images: [[`@${bad}`]],
  })
  expect(() => told([app('shop/a:latest')], [app('shop/a:1', good)])).toThrow(
    'v2 was deployed by a tag that moves and its digest was not seen',
  )
})

test('by the image that gives it its name, whatever runs beside it; by that one alone that changed', () => {
  expect(
    told([app('shop/a:2'), proxy('mesh/p:6')], [app('shop/a:1'), proxy('mesh/p:5')]),
  ).toMatchObject({ images: [['shop/a:2']] })
  expect(
    told([app('shop/a:1'), proxy('mesh/p:6')], [app('shop/a:1'), proxy('mesh/p:5')]),
  ).toMatchObject({ images: [['mesh/p:6']] })
})

test('by the template where no image changed', () => {
  expect(told([app('shop/a:2', bad)], [app('shop/a:2', bad)])).toEqual({ kind: 'template' })
})
