import { z } from 'zod'

const name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be a Kubernetes name')
const routeName = z.string().min(1).max(253)
/** A host with its subset (Istio), or the Service of a backend (Gateway API). */
const Arm = z.strictObject({ host: name, subset: z.string().min(1).max(63).optional() })

/** What divides the requests between the stable version and its canary. */
export const TrafficSection = z
  .strictObject({
    /** Of Istio. */
    virtualService: name.optional(),
    /** Of the Gateway API. */
    httpRoute: name.optional(),
    /** By its name, where more than one knows both versions. */
    route: routeName.optional(),
    stable: Arm,
    canary: Arm,
  })
  .refine(
    ({ virtualService, httpRoute }) => (virtualService === undefined) !== (httpRoute === undefined),
    { message: 'needs exactly one of virtualService and httpRoute' },
  )
  .refine(({ stable, canary }) => stable.host !== canary.host || stable.subset !== canary.subset, {
    path: ['canary'],
    message: 'is the same destination as the stable one',
  })
  .refine(
    ({ httpRoute, stable, canary }) =>
      httpRoute === undefined || (stable.subset === undefined && canary.subset === undefined),
    { message: 'an HTTPRoute knows no subsets: name the two Services' },
  )

/** In the words of the executor. */
export function trafficOf({
  virtualService,
  httpRoute,
  route,
  stable,
  canary,
}: z.infer<typeof TrafficSection>) {
  const arm = ({ host, subset }: typeof stable) => ({
    host,
    ...(subset === undefined ? {} : { subset }),
  })
  return {
    by: virtualService === undefined ? ('httproute' as const) : ('virtualservice' as const),
    name: virtualService ?? httpRoute ?? '',
    ...(route === undefined ? {} : { route }),
    stable: arm(stable),
    canary: arm(canary),
  }
}
