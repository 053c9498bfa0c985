import { isSameJson } from '#domain/json.ts'
import { type Matrix, type Window, windowAt } from './matrix.ts'
import { isAtLeast } from './role.ts'

/** For every minute the higher of two authorities, and everybody whom either of them tells. */
export function stricterMatrix(one: Matrix, other: Matrix): Matrix {
  if (isSameJson(one, other)) return one
  const [, ...boundaries] = [
    ...new Set([...one, ...other].map(({ fromMicros }) => fromMicros)),
  ].toSorted((a, b) => a - b)
  return [atTime(0), ...boundaries.map(atTime)]

  function atTime(elapsed: number): Window {
    const [a, b] = [windowAt(one, elapsed), windowAt(other, elapsed)]
    return {
      fromMicros: elapsed as Window['fromMicros'],
      mayAuthorize: isAtLeast(a.mayAuthorize, b.mayAuthorize) ? a.mayAuthorize : b.mayAuthorize,
      notify: [...new Set([...a.notify, ...b.notify])],
    }
  }
}
