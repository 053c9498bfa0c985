import { healthy } from '#sandbox/cluster/behaviour.ts'
import type { Crew } from './crew.ts'
import type { Until } from './hands.ts'
import { imageOf } from './platform.ts'
import { isReady, isWaiting, type Pod } from './seen.ts'
import { anotherOf, appsOn, type Workload } from './workload.ts'

interface Around {
  readonly until: Until
  /** Lets so many minutes pass. */
  moves(minutes: number): Promise<unknown>
  /** Has every workload looked at. */
  lookAround(): Promise<void>
}

/** What happens to a service without anybody saying a word in Slack. */
export function happeningsTo(crew: Crew, workload: Workload, { until, moves, lookAround }: Around) {
  const { name, kind } = workload
  const { cluster } = crew
  const podsOf = (app: string) =>
    cluster.pods('production').filter(({ metadata }) => metadata.labels?.['app'] === app)
  const inColour = (colour: string) =>
    podsOf(name).filter((pod) => isReady(pod) && pod.metadata.labels?.['colour'] === colour).length
  const servesInBlue = async () => {
    crew.ships(workload)
    if (!workload.on) await until('blue', () => inColour('blue') === 2)
    for (let looks = 0; looks < 3; looks += 1) {
      await moves(15)
      await lookAround()
    }
  }
  const runsNow = async () => crew.elsewhere.platformOf(workload).runs(name)
  const comesOutInGreen = async () => {
    const shipped = { by: 'pipeline', replicas: 2 }
    cluster.setImage('Deployment', 'production', `${name}-green`, `shop/${name}:1.1`, shipped)
    await until('green', () => inColour('green') === 2)
  }
  return {
    ships: (bad = '1.1') => {
      for (const one of [workload, ...anotherOf(workload)]) crew.ships(one, bad)
    },
    /** Its next version has come out, with a flag that is on for everybody. */
    opensFlag: () => crew.elsewhere.opensFlag(name),
    /** Whoever keeps the flag lets nobody switch it without an approval of its own. */
    keepsFlag: () => crew.elsewhere.keepsFlag(name),
    /** It was migrated once too often, and an app works on it. */
    async isMigrated(): Promise<void> {
      crew.ships(workload)
      const runs = async (app: Workload): Promise<boolean> =>
        app.on
          ? (await crew.elsewhere.platformOf(app).wrong(app.name)).length === 0
          : podsOf(app.name).some(isReady)
      for (const app of appsOn(workload)) await until('an app that runs', () => runs(app))
      await lookAround()
    },
    /** What runs in the region that takes the requests answers no more; lost as a whole, neither does its database. */
    failsInRegion: (isLost = false) => crew.elsewhere.regions.fails(name, isLost),
    mendsRegion: () => crew.elsewhere.regions.mends(name),
    /** Blue has served for long, and was seen to; the next version comes out in green, and takes its turn. */
    async turnsGreen(): Promise<void> {
      await servesInBlue()
      if (!workload.on) await comesOutInGreen()
      crew.turnsGreen(workload)
      // Whoever asks before it answers asks about a slot that does not say what it runs.
      if (workload.on) await until('green', async () => (await runsNow()) === imageOf(name, '1.1'))
    },
    /** Two more pods of it are wanted, and do not get ready. */
    async grows(): Promise<void> {
      cluster.behave(`shop/${name}:1.0`, { start: { kind: 'never-ready' } })
      await crew.patches(workload, { spec: { replicas: 4 } })
      await until('more pods', () => podsOf(name).length >= 4)
    },
    /** Its next version has come out as a canary. */
    async tries(): Promise<void> {
      crew.ships(workload)
      crew.tries(workload)
      const isCanary = ({ metadata }: Pod) => metadata.labels?.['track'] === 'canary'
      await until('a canary', () => podsOf(name).some((pod) => isCanary(pod) && isReady(pod)))
    },
    /** Flagger asks whether it may begin with its next version. */
    async waitsAtFlagger(): Promise<void> {
      crew.ships(workload)
      const phase = () => cluster.get('Canary', 'production', name)?.status?.phase
      await until('Flagger at its first gate', () => phase() === 'Waiting')
    },
    /** It has been well until now: the figures show it, and what began when. */
    async worsens(): Promise<void> {
      crew.ships(workload)
      await until('pods', () => podsOf(name).some(isReady))
      cluster.setImage(kind, 'production', name, `shop/${name}:1.1`, { by: 'pipeline' })
      const isOut = (pod: Pod) => isReady(pod) && pod.spec.containers[0]?.image.endsWith(':1.1')
      await until('the new version', () => podsOf(name).every(isOut))
    },
    /** What had run before was taken out of the registry. */
    forgets(): void {
      if (workload.on) return crew.elsewhere.platformOf(workload).forgets?.(name)
      cluster.behave(`shop/${name}:1.0`, { start: { kind: 'image-missing' } })
    },
    /** What had run before does not get ready, until it is let go. */
    holdsBack: () => cluster.behave(`shop/${name}:1.0`, { start: { kind: 'never-ready' } }),
    letsGo: () => cluster.behave(`shop/${name}:1.0`, healthy),
    /** A pod of the version that was shipped last waits for its image. */
    isStuck: () => until('a pod that waits', () => podsOf(name).some(isWaiting)),
    /** What came out and was not there is there from now on. */
    isPushed: () => crew.elsewhere.platformOf(workload).isPushed?.(name),
    pauses: () => crew.patches(workload, { spec: { paused: true } }),
    /** Whoever calls people at night has a fault of its own. */
    silences: () => crew.pager.answers({ status: 503 }),
    hearsAgain: () => crew.pager.answers(undefined),
    /** Somebody else ships something meanwhile. */
    deploys(tag: string): void {
      if (workload.on) return crew.elsewhere.platformOf(workload).deploys?.(name, tag)
      cluster.setImage(kind, 'production', name, `shop/${name}:${tag}`, { by: 'pipeline' })
    },
    /** A new version waits at its first step. */
    async waits(): Promise<void> {
      if (workload.hasColours) {
        await servesInBlue()
        return comesOutInGreen()
      }
      crew.ships(workload)
      if (workload.on) {
        const platform = crew.elsewhere.platformOf(workload)
        crew.tries(workload)
        await until('a canary that waits', () => platform.isWaiting?.(name) ?? false)
        return
      }
      await until('pods', () => podsOf(name).some(isReady))
      cluster.setImage(kind, 'production', name, `shop/${name}:1.1`, { by: 'pipeline' })
      await until('a canary that waits', () => {
        const status: unknown = cluster.get(kind, 'production', name)?.status
        return JSON.stringify(status ?? {}).includes('CanaryPauseStep') && 'waits'
      })
    },
  }
}
