import { afterEach, describe, expect, test } from 'vitest'
import { Superseded } from '#ports/executor.ts'
import type { Pace } from '#ports/promoter.ts'
import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import type { Trouble } from '../troubles.ts'
import { awayPlatform } from './contract-away.ts'
import { carriedOut } from './gitops-world.ts'
import { type Setup, trafficWorld } from './traffic-world.ts'
import { signal } from './world.ts'

interface TrafficPlatform extends Platform {
  /** Somebody ships another version into what is to get the requests. */
  shipIntoServing(): Promise<void>
}

/** What every executor promises, and what whoever moves requests promises as well. */
export function trafficContract(name: string, setup: Setup, pace: Pace): void {
  executorContract(name, (trouble) => platform(setup, pace, trouble))

  describe(`${name} keeps to the version that was decided on`, () => {
    const open: Platform[] = []
    const fresh = async () => {
      const made = await platform(setup, pace)
      open.push(made)
      return made
    }
    afterEach(async () => {
      await Promise.all(open.splice(0).map((made) => made.close()))
    })

    test('no step sends more requests to another one that was shipped meanwhile', async () => {
      const moves = (await planned(await fresh())).flatMap(({ settles }, at) =>
        settles === 'requests moved' ? [at] : [],
      )
      expect(moves.length).toBeGreaterThan(0)

      for (const at of moves) {
        const p = await fresh()
        const steps = await planned(p)
        await carriedOut(p, steps.slice(0, at))
        await p.shipIntoServing()
        const theirs = await p.wanted()

        await expect(
          p.executor.apply(steps[at]?.change ?? null, `rb_1.${at}`, signal()),
        ).rejects.toThrow(new Superseded('checkout runs another version by now'))

        expect(await p.wanted()).toEqual(theirs)
      }
    })
  })
}

async function planned({ executor, target, good }: Platform) {
  const observed = await executor.observe(target, signal())
  return (await executor.route(target, observed, good, 'rb_1', signal())).steps
}

/** A bad canary that a route sends requests to; each kind of route is held to the contract in a file of its own. */
async function platform(setup: Setup, pace: Pace, trouble?: Trouble): Promise<TrafficPlatform> {
  const fence = aFence()
  const w = await trafficWorld({
    ...setup,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  const away = await awayPlatform(w, fence, {
    mechanism: 'mesh-reroute',
    pace,
    change: 'canary at 0 % of the requests',
    route: w.path,
  })
  return { ...away, isWaitedForBack: true, shipIntoServing: () => w.shipInto('2.4.0') }
}
