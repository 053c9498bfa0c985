import { z } from 'zod'
import { type RevisionId, revisionId, type WorkloadId, workloadId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import { flaggerGates } from '#domain/flagger/gates.ts'

/** RFC 1123: what Kubernetes accepts as a name, so that none needs quoting in a path or a shell. */
const name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is not a Kubernetes name')

const host = z.string().min(1).max(253)
/** A subset of a host (Istio), or a Service by its name (Gateway API). */
const Arm = z.object({ host, subset: z.string().exactOptional() })

/** What divides the requests between the stable version and its canary by weights. */
const WeightedTraffic = z.object({
  by: z.enum(['virtualservice', 'httproute']),
  name,
  /** Of the route in it; absent where only one knows both versions. */
  route: z.string().exactOptional(),
  stable: Arm,
  canary: Arm,
})
export type WeightedTraffic = z.infer<typeof WeightedTraffic>

export const KubernetesTarget = z.object({
  cluster: z.string().min(1),
  namespace: name,
  kind: z.enum(['deployment', 'statefulset', 'daemonset', 'rollout']),
  name,
  /** A Deployment beside it, in the same namespace, that has the next version first. */
  canary: z.object({ deployment: name }).exactOptional(),
  traffic: WeightedTraffic.exactOptional(),
  /** Another Deployment, to which a Service sends all requests instead of this one. */
  blueGreen: z
    .object({
      service: name,
      deployment: name,
      /** What a switch leaves keeps its pods for good. */
      keepFormer: z.boolean().exactOptional(),
    })
    .exactOptional(),
})
export type KubernetesTarget = z.infer<typeof KubernetesTarget>

/** The object of a GitOps tool that says whether it syncs. */
export const Owner = z.object({
  kind: z.enum(['application', 'helmrelease']),
  /** Argo CD may run in another cluster than the one that it deploys to. */
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
})
export type Owner = z.infer<typeof Owner>

/** A part of an object that is carried as it came: typed models would drop fields newer than they are. */
export type RawObject = { readonly [key: string]: Json }
export const RawObject = z.custom<RawObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'is not an object',
)

const RevisionIdText = z.custom<RevisionId>(
  (value) => typeof value === 'string' && value === revisionId(value),
)
const WorkloadIdText = z.custom<WorkloadId>(
  (value) => typeof value === 'string' && value === workloadId(value),
)

/** The object a change is meant for; anything else of that name is a different one. */
const at = {
  target: KubernetesTarget,
  workload: WorkloadIdText,
  /** The uid of the namespace `kube-system`, which names a cluster whatever its address. */
  cluster: z.string(),
  uid: z.string(),
}

/** What an object must look like before it is changed. Templates are named, never contained: their values may be secret. */
export const Expectation = z.union([
  z.object({
    /** SHA-256 of the spec without its replica count, which autoscalers move. */
    spec: z.string(),
    operation: z.string().nullable(),
  }),
  z.object({ revision: RevisionIdText }),
])
export type Expectation = z.infer<typeof Expectation>

/** Why a Rollout waits, and since when. */
export const Pause = z.object({ reason: z.string(), startTime: z.string() })

/** By the destination's name in the route. */
const Weights = z.record(z.string(), z.number().int().min(0))
/** The version of a Canary of Flagger at whose gates something is opened or shut. */
const gated = {
  canary: z.object({ name: z.string(), uid: z.string() }),
  /** The version that the target asks for. */
  to: RevisionIdText,
  /** Flagger's own name for it; null where it has none before it begins: then the one it has by then. */
  checksum: z.string().nullable(),
  /** Under what it stands in the record of gates. */
  by: z.string(),
}

export const KubernetesChange = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('set_template'),
    ...at,
    to: RevisionIdText,
    expect: Expectation,
    /** Made of what this Deployment runs, as long as it runs that; the one asked for is then `to`. */
    like: z.object({ deployment: name, uid: z.string(), revision: RevisionIdText }).exactOptional(),
    /** False where the change alone moves no pod (paused): then it is settled once it is made. */
    follow: z.boolean(),
  }),
  z.object({
    kind: z.literal('set_replicas'),
    ...at,
    /** Only while this revision is asked for. */
    whileAt: RevisionIdText,
    from: z.number().int().nonnegative(),
    replicas: z.number().int().nonnegative(),
    /** Where it has pods already, however many, it is left with them. */
    orAny: z.literal(true).exactOptional(),
    /** The same only where it has more. */
    orMore: z.literal(true).exactOptional(),
    /** Only while the Service of this name sends it no requests. */
    unserved: name.exactOptional(),
  }),
  /** Stopped as a whole, and brought back, whatever version is asked for by then. */
  z.object({
    kind: z.literal('set_scale'),
    ...at,
    from: z.number().int().nonnegative(),
    replicas: z.number().int().nonnegative(),
  }),
  z.object({ kind: z.literal('set_paused'), ...at, to: RevisionIdText, paused: z.boolean() }),
  z.object({
    kind: z.literal('set_strategy'),
    ...at,
    /** Only while this revision is asked for; null puts a strategy back whatever runs. */
    whileAt: RevisionIdText.nullable(),
    strategy: RawObject,
    instead: RawObject,
  }),
  z.object({
    kind: z.literal('delete_pods'),
    ...at,
    to: RevisionIdText,
    /** By uid; `others`: every pod of any other revision there is then. */
    pods: z.union([z.array(z.object({ name: z.string(), uid: z.string() })), z.literal('others')]),
    graceSeconds: z.number().int().nullable(),
  }),
  z.object({
    kind: z.literal('set_aborted'),
    ...at,
    /** Only while this version is on its way. */
    whileAt: RevisionIdText,
    aborted: z.boolean(),
  }),
  /** To the end of all steps, without analyses and pauses. */
  z.object({ kind: z.literal('promote_full'), ...at, to: RevisionIdText }),
  /** From where a Rollout waits on to where it waits next. */
  z.object({
    kind: z.literal('pass_pause'),
    ...at,
    to: RevisionIdText,
    /** What its controller calls that version; no other is promoted by it. */
    hash: z.string(),
    /** The step of a canary at which it waits; null by blue-green. */
    index: z.number().int().nullable(),
    /** What it waits for, as the controller wrote it down; null where that is not known before it has come so far. */
    pauses: z.array(Pause).nullable(),
    /** `nothing`: it was held between two pauses and goes on by itself. `abort`: it begins again at its first step. */
    clears: z.enum(['pause', 'inconclusive', 'nothing', 'abort']),
    /** When it was aborted, as its controller wrote it down; null where it did not. */
    abortedAt: z.string().nullable().exactOptional(),
    /** The step at which it is to wait next; null: the end. */
    until: z.number().int().nullable(),
  }),
  z.object({
    kind: z.literal('set_weights'),
    ...at,
    /** Only while the canary is this one. */
    canary: z.object({ deployment: name, uid: z.string(), revision: RevisionIdText }),
    /** More requests go to the stable Deployment only while it runs that. Not in plans of before this was looked at. */
    stable: z.object({ revision: RevisionIdText }).exactOptional(),
    /** Of the object that holds the route. */
    routeUid: z.string(),
    weights: Weights,
    /** The weights before, one of these; anything else was written by somebody else. */
    expect: z.array(Weights),
    /** How long the pods that get the requests must then stay ready before the next step. */
    holdSeconds: z.number().int(),
    /** How many times somebody has had it made once more, over weights that they had read of. */
    again: z.number().int().positive().exactOptional(),
    /** It takes a step back, and nobody looks afterwards. Not in plans of before this was told apart. */
    undoes: z.literal(true).exactOptional(),
  }),
  z.object({
    kind: z.literal('switch_service'),
    ...at,
    service: z.object({ name, uid: z.string() }),
    /** The colour that gets the requests, as long as it runs that. */
    to: z.object({ deployment: name, uid: z.string(), revision: RevisionIdText }),
    selector: z.record(z.string(), z.string()),
    /** The selector before; any other was written by somebody else. */
    expect: z.record(z.string(), z.string()),
    /** The colour that loses the requests: with another version, somebody has shipped that to who is served. Not in plans of before this was looked at. */
    from: z.object({ deployment: name, revision: RevisionIdText }).exactOptional(),
  }),
  /** The colour that no request is sent to goes to no pods, as long as it runs that. */
  z.object({
    kind: z.literal('retire_colour'),
    ...at,
    whileAt: RevisionIdText,
    service: z.object({ name, uid: z.string() }),
    /** What the Service selects meanwhile, which is the other colour. */
    selector: z.record(z.string(), z.string()),
  }),
  /** Whether Flux applies what Git has to this workload. */
  z.object({ kind: z.literal('set_reconcile'), ...at, paused: z.boolean() }),
  /** Whether a GitOps tool syncs, by the tool's own object. */
  z.object({
    kind: z.literal('set_sync'),
    ...at,
    owner: Owner,
    paused: z.boolean(),
    /** How an Application synced by itself when this was planned; null for tools that have a switch. */
    automated: RawObject.nullable(),
    /** What else the plan changes of all that it brings. */
    beside: z.array(z.object({ target: KubernetesTarget, uid: z.string() })).exactOptional(),
  }),
  /** Lets Flagger past gates at which it asks about this version, and waits for what comes of it. */
  z.object({
    kind: z.literal('open_gates'),
    ...at,
    ...gated,
    openings: z.array(
      z.object({ gate: z.enum(flaggerGates), times: z.number().int().positive().nullable() }),
    ),
    /** How long they stay open at the most. */
    lastsMicros: z.number().int().positive(),
    /** `away`: it has taken the version back; `begun`: it tries it; else the percent of the traffic that the version takes then, 100 when it is promoted. */
    goal: z.union([z.literal('away'), z.literal('begun'), z.number().int().min(1).max(100)]),
  }),
  z.object({ kind: z.literal('shut_gates'), ...at, ...gated }),
  /** The undo of what the platform itself makes good, such as a deleted pod. */
  z.object({ kind: z.literal('nothing'), ...at }),
])
export type KubernetesChange = z.infer<typeof KubernetesChange>
export type ChangeOf<Kind extends KubernetesChange['kind']> = Extract<
  KubernetesChange,
  { kind: Kind }
>
