import type { IncidentList } from '../archive.ts'
import type { PretendEcs } from './aws/ecs/index.ts'
import { ApiError } from './cluster/api-error.ts'
import type { Controls, WorldState } from './controls.ts'
import type { PretendPager } from './pager.ts'
import { type Running, servicesOf } from './services.ts'
import { shipByCodeDeploy, shipToWaitInCodeDeploy, shopByCodeDeploy } from './shop/code-deploy.ts'
import { shipWithMigration, shopOnDatabase } from './shop/database.ts'
import { shipBadToDocker, shopOnDocker } from './shop/docker.ts'
import { shipBadToEcs, shopOnEcs } from './shop/ecs.ts'
import { isFlagged, type ShopFlags } from './shop/flags.ts'
import { commitWhatRuns, inGit } from './shop/git.ts'
import { type ShopNginx, shopOnNginx } from './shop/nginx.ts'
import { shopRegions } from './shop/regions.ts'
import { shopInSlots, type ShopSlots } from './shop/slots.ts'
import {
  badVersions,
  canaries,
  isBadKind,
  isCanaryKind,
  shipBad,
  shipCanary,
} from './shop/shipments.ts'
import type { PretendSlack } from './slack/index.ts'
import { exampleUsers } from './slack/people.ts'

interface Parts extends Running {
  readonly flags?: ShopFlags | undefined
  readonly slack: PretendSlack
  readonly pager: PretendPager
  readonly archive: IncidentList
}

/** The page's side panel, connected to the pretend world. */
export function controlsFor(parts: Parts): Controls {
  const { cluster, ecs, docker, azure, clock, slack, pager, archive } = parts
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  let isSlackDown = false
  cluster.onChange(changed)
  ecs?.onChange(changed)
  docker?.docker.onChange(changed)
  parts.behindNginx?.nginx.onChange(changed)
  azure?.onChange(changed)
  parts.schema?.onChange(changed)
  pager.onChange(changed)
  return {
    state: async (): Promise<WorldState> => ({
      services: await servicesOf(parts),
      clock: clock.now().toISOString(),
      slackDown: isSlackDown,
      shipments: [
        ...Object.entries(badVersions).map(([kind, { title }]) => ({
          kind,
          title,
          isCanary: false,
        })),
        ...(parts.flags
          ? [{ kind: 'flag', title: 'Errors while its feature flag is on', isCanary: false }]
          : []),
        ...Object.entries(canaries).map(([kind, { title }]) => ({ kind, title, isCanary: true })),
      ],
      pages: pager.calls().map(({ service, summary, at, state: stands }) => ({
        service,
        summary,
        at,
        state: stands,
        calls: onCall,
      })),
      incidents: await archive.list(),
    }),
    async ship(service, kind) {
      const refusal = await shipped(parts, service, kind)
      if (refusal === undefined && service === shopOnDatabase.service)
        await parts.schema?.bringNewest()
      changed()
      return refusal
    },
    async commit(service) {
      if (inGit(cluster, service)) commitWhatRuns(cluster, service)
      changed()
    },
    async moveClock(byMinutes) {
      await clock.move(byMinutes)
      changed()
    },
    async slackDown(on) {
      isSlackDown = on
      slack.faults.down(on)
      changed()
    },
    async timeline(name) {
      const incident = (await archive.incidents()).find((id) => id === name)
      if (incident === undefined) return undefined
      const [markdown, json, { broken }] = await Promise.all([
        archive.export(incident, 'md'),
        archive.export(incident, 'json'),
        archive.verify(incident),
      ])
      return { markdown: markdown ?? '', json: json ?? '', verified: broken.length === 0 }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

async function shipped(
  { cluster, ecs, docker, behindNginx, slots, azure, flags, catalogue }: Parts,
  service: string,
  kind: string,
): Promise<string | undefined> {
  // No version brings a region down: it goes as a whole, or only what runs there.
  if (azure && service === shopRegions.service) {
    if (!isBadKind(kind)) return `${service} has no canary.`
    azure.fail(azure.serving() ?? shopRegions.regions[0], kind === 'crash')
    return undefined
  }
  if (flags && kind === 'flag') {
    if (!isFlagged(service)) return `${service} has no feature flag; try checkout or payments.`
    return refused(() => {
      flags.ship(service)
      flags.open(service, 25)
    })
  }
  // A schema has no bad versions of its own: a release brings its next migration along.
  if (service === shopOnDatabase.service) return refused(() => shipWithMigration(cluster))
  if (ecs && service === shopOnEcs.service && isBadKind(kind)) {
    shipBadToEcs(ecs, kind)
    return undefined
  }
  if (ecs && service === shopByCodeDeploy.service) return shippedByCodeDeploy(ecs, kind)
  if (docker && service === shopOnDocker.service && isBadKind(kind))
    return refused(() => shipBadToDocker(docker.docker, kind, docker.directory))
  if (behindNginx && service === shopOnNginx.service) return shippedBehind(behindNginx, kind)
  if (slots && service === shopInSlots.service) return shippedIntoSlot(slots, kind)
  if (isBadKind(kind)) return refused(() => shipBad(cluster, service, kind))
  if (!isCanaryKind(kind)) throw new Error(`nothing is known of a shipment ${kind}`)
  const { canary, targets } = catalogue.get(service) ?? {}
  if (!canary || !targets)
    return `${service} has no canary; try checkout, payments, search, orders or tracking.`
  return refused(() => shipCanary(cluster, service, canaries[kind].bad))
}

const neverPushed =
  'The pipeline stopped: that image was never pushed, so no slot has it and nothing was switched.'

function shippedByCodeDeploy(ecs: PretendEcs, kind: string): undefined {
  if (isBadKind(kind)) shipByCodeDeploy(ecs, kind)
  else if (isCanaryKind(kind)) shipToWaitInCodeDeploy(ecs, canaries[kind].bad)
}

function shippedBehind(nginx: ShopNginx, kind: string): string | undefined {
  if (kind === 'missing-image') return neverPushed
  if (isBadKind(kind)) nginx.ship(kind)
  else if (isCanaryKind(kind)) nginx.shipCanary(canaries[kind].bad)
  return undefined
}

async function shippedIntoSlot(slots: ShopSlots, kind: string): Promise<string | undefined> {
  if (kind === 'missing-image') return neverPushed
  if (!isBadKind(kind)) return `${shopInSlots.service} has no canary; try tracking.`
  await slots.ship(kind)
  return undefined
}

/** Whoever a real one would have called. */
const onCall = exampleUsers.find(({ role }) => role === 'onCall')?.realName ?? 'on-call engineer'

/** The cluster's refusal in its own words, without the name of the policy in front of them. */
function refused(ship: () => unknown): string | undefined {
  try {
    ship()
    return undefined
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return `The cluster refused it: ${error.message.split(' denied request: ').at(-1)}`
  }
}
