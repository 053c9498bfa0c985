import { z } from 'zod'
import { workloadId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import { ClusterName } from './kubernetes-target.ts'

const AbsolutePath = z
  .string()
  .max(1000)
  .regex(/^\/[^\p{Cc}]*$/u, 'must be a path from the root, such as /srv/shop')

/** Without a user and a path: Docker's own command takes neither. */
const EngineUrl = z
  .string()
  .max(1000)
  .regex(
    /^https?:\/\/[A-Za-z0-9.:[\]-]+\/?$/,
    'must be an address such as https://docker.example:2376; for ssh, bring the socket here (docs/compose.md)',
  )

/** An engine of Docker: a socket on this machine, or an address. */
export const Docker = z
  .strictObject({
    socket: AbsolutePath.optional(),
    url: EngineUrl.optional(),
    /** A folder with ca.pem, cert.pem and key.pem. */
    certificates: AbsolutePath.optional(),
  })
  .refine(({ socket, url }) => (socket === undefined) !== (url === undefined), {
    message: 'needs either a socket or a url',
  })
  .refine(
    ({ url, certificates }) =>
      (url?.startsWith('https:') ?? false) === (certificates !== undefined),
    {
      path: ['certificates'],
      message: 'go with a url that begins with https://, and with no other',
    },
  )

/** How Docker is reached, as its adapter wants it. */
export type DockerSource =
  | { readonly socket: string }
  | { readonly url: string; readonly certificates?: string }

export const dockerSources = (
  rows: Readonly<Record<string, z.infer<typeof Docker>>>,
): ReadonlyMap<string, DockerSource> =>
  new Map(
    Object.entries(rows).map(([name, { socket, url = '', certificates }]) => [
      name,
      socket === undefined ? { url, ...(certificates ? { certificates } : {}) } : { socket },
    ]),
  )

const ComposeName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
    'must be a name of Compose: letters, digits, dots, dashes and underscores',
  )

export const ComposeSection = z.strictObject({
  /** One of `docker`. */
  docker: ClusterName,
  project: ComposeName,
  service: ComposeName,
  /** Where the compose files and .env are, on the machine of Countermand. */
  directory: AbsolutePath,
  /** In their order, as `docker compose -f` has them. */
  files: z
    .array(z.string().regex(/^[^-\p{Cc}][^\p{Cc}]*$/u, 'must be a file'))
    .min(1)
    .max(10)
    .default(['compose.yaml']),
})

export function composeTarget(compose: z.infer<typeof ComposeSection>): Target {
  const { docker, project, service } = compose
  return {
    executor: 'compose',
    workload: workloadId(`compose/${docker}/${project}/${service}`),
    title: `${docker}/${project} Compose service ${service}`,
    spec: compose,
  }
}
