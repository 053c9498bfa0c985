import { describe, expect, test } from 'vitest'
import { chooseTarget, isNamed } from '#domain/rollback/choose-target.ts'
import type { Candidate } from '#domain/rollback/revision.ts'
import { minutes } from '#domain/time.ts'
import { aCandidate, aRevision, start } from '../../support/builders.ts'

const bad = { kind: 'bad', since: start, because: 'errors' } as const
const unproven = { kind: 'unproven' } as const
const served = (mins: number) => ({ kind: 'served', forMicros: minutes(mins) }) as const
const version = (n: number, more: Partial<Candidate> = {}) =>
  aCandidate(aRevision(`v${n}.0.0`, { number: n, seed: `${n}abcdef0` }), more)

const choose = (candidates: readonly Candidate[], wanted?: string) => {
  const [running] = candidates
  if (!running) throw new Error('Something must run')
  const choice = chooseTarget(candidates, running.revision.id, wanted, minutes(30))
  return choice.kind === 'chosen' ? [choice.candidate.revision.name, choice.because] : choice.kind
}

describe('on a schema that only some can run on', () => {
  const crosses = 'it runs on schema 38 to 41'

  test('the newest good one that can run is chosen', () => {
    expect(choose([version(5), version(4, { crosses }), version(3)])).toEqual([
      'v3.0.0',
      'last version verified good',
    ])
  })

  test('where no good one can, the newest good one is told, with nothing to go to', () => {
    const candidates = [version(5), version(4, { crosses }), version(3, { standing: unproven })]

    expect(chooseTarget(candidates, version(5).revision.id, undefined, minutes(30))).toMatchObject({
      kind: 'crosses',
      revision: { name: 'v4.0.0' },
      safe: null,
    })
  })

  test('one that is named is refused, and what can run is named instead', () => {
    const candidates = [version(5), version(4, { crosses }), version(3)]

    expect(chooseTarget(candidates, version(5).revision.id, 'v4.0.0', minutes(30))).toMatchObject({
      kind: 'crosses',
      why: crosses,
      safe: 'v3.0.0',
    })
  })
})

describe('without a name', () => {
  test('the previous version is passed over when it was never seen working', () => {
    const candidates = [version(5), version(4, { standing: unproven }), version(3)]

    expect(choose(candidates)).toEqual(['v3.0.0', 'last version verified good'])
  })

  test('after two bad ones in a row the last good one is chosen', () => {
    const candidates = [
      version(5, { standing: bad }),
      version(4, { standing: bad }),
      version(3, { missing: 'image gone' }),
      version(2),
      version(1),
    ]

    expect(choose(candidates)).toEqual(['v2.0.0', 'last version verified good'])
  })

  test('a verified one is preferred to one that only served', () => {
    expect(choose([version(5), version(4, { standing: served(900) }), version(3)])).toEqual([
      'v3.0.0',
      'last version verified good',
    ])
  })

  test('serving counts from exactly the time that is long enough', () => {
    const short = { kind: 'served', forMicros: minutes(30) - 1 } as const

    expect(
      choose([version(5), version(4, { standing: short }), version(3, { standing: served(30) })]),
    ).toEqual(['v3.0.0', 'last version that served long enough before this one'])
  })

  test('when none is known to be good, none is chosen, and each says why', () => {
    const running = version(5)
    const choice = chooseTarget(
      [
        running,
        version(4, { standing: bad }),
        version(3, { standing: unproven }),
        version(2, { standing: served(1) }),
        version(1, { missing: 'collected' }),
      ],
      running.revision.id,
      undefined,
      minutes(30),
    )

    expect(choice).toEqual({
      kind: 'none',
      considered: [
        'v4.0.0: marked bad, errors',
        'v3.0.0: not known to have worked',
        'v2.0.0: served too briefly to be trusted',
        'v1.0.0: collected',
      ],
    })
  })
})

describe('by name', () => {
  const all = [version(5), version(4, { standing: bad }), version(3, { missing: 'collected' })]

  test.each([
    ['v4.0.0', ['v4.0.0', 'named in the request']],
    ['4.0.0', ['v4.0.0', 'named in the request']],
    ['4', ['v4.0.0', 'named in the request']],
    ['v5.0.0', 'already_there'],
    ['v3.0.0', 'missing'],
    ['previous', 'unknown'],
    ['latest', 'unknown'],
    ['', 'unknown'],
    ['4.0', 'unknown'],
  ])('"%s" is found exactly or not at all', (wanted, found) => {
    expect(choose(all, wanted)).toEqual(found)
  })

  test('a shortened digest needs twelve digits', () => {
    const revision = aRevision('v1', { seed: '0123456789abcdef' })

    expect([
      isNamed(revision, 'sha256:0123456789a'),
      isNamed(revision, 'sha256:0123456789ab'),
      isNamed(revision, revision.id),
      isNamed(revision, '0123456789ab'),
      isNamed(revision, 'sha256:'),
    ]).toEqual([false, true, true, false, false])
  })
})
