import type { Context } from './controllers/context.ts'
import type { Fields, KubeObject } from './objects.ts'
import { asFields, asText } from './fields.ts'
import { resourceOfKind } from './resources.ts'
import type { Shipment } from './ship.ts'
import { createObject } from './write.ts'

/** One version of a workload's past. */
export interface Version extends Shipment {
  readonly image: string
  readonly at: Date
}

/** Stores a manifest; with `version` the first container runs that image. */
export function createManifest(context: Context, manifest: Fields, version?: Version): KubeObject {
  const kind = asText(manifest['kind'])
  const resource = resourceOfKind(kind)
  if (resource === undefined) throw new Error(`the sandbox knows no kind ${kind}`)
  const metadata = asFields(manifest['metadata'])
  return createObject(context, {
    route: {
      resource,
      namespace: asText(metadata['namespace']),
      name: '',
      subresource: '',
    },
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: version === undefined ? manifest : asShipped(manifest, version),
    manager: version?.by ?? 'kubectl-create',
    user: version?.by ?? 'kubectl-create',
  })
}

function asShipped(manifest: Fields, { image, changeCause, annotations }: Version): Fields {
  const copy = structuredClone(manifest) as {
    metadata: { annotations?: Record<string, string> }
    spec: {
      template: {
        metadata: { annotations?: Readonly<Record<string, string>> }
        spec: { containers: { image: string }[] }
      }
    }
  }
  const [first] = copy.spec.template.spec.containers
  if (first) first.image = image
  if (annotations !== undefined) copy.spec.template.metadata.annotations = annotations
  if (changeCause !== undefined)
    copy.metadata.annotations = {
      ...copy.metadata.annotations,
      'kubernetes.io/change-cause': changeCause,
    }
  return copy
}
