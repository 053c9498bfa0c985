import { describe, expect, test } from 'vitest'
import { handing } from '#executors/kubernetes/gitops/hand-over.ts'
import { Workload } from '#executors/kubernetes/objects.ts'

const entry = (manager: string, operation: string, fieldsV1: object, more: object = {}) => ({
  manager,
  operation,
  apiVersion: 'apps/v1',
  time: '2026-11-22T03:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
})
const template = (fields: object) => ({
  'f:spec': { 'f:containers': { 'k:{"name":"app"}': fields } },
})
const flux = entry('kustomize-controller', 'Apply', {
  'f:spec': { 'f:replicas': {}, 'f:template': template({ 'f:name': {}, 'f:ports': {} }) },
})
const marks = { 'f:metadata': { 'f:annotations': { 'f:countermand.dev/operation': {} } } }
const ours = entry('countermand', 'Update', {
  ...marks,
  'f:spec': { 'f:template': template({ 'f:image': {}, 'f:env': { 'k:{"name":"OLD"}': {} } }) },
})
const status = entry('kube-controller-manager', 'Update', {}, { subresource: 'status' })
const handed = (...managedFields: readonly object[]) =>
  handing(
    Workload.parse({
      metadata: { name: 'checkout', uid: 'u', resourceVersion: '7', managedFields },
      spec: {},
    }),
  )

describe('what we wrote of a template', () => {
  test('is his who applies it, and nobody else’s; the rest of each is as it was', () => {
    expect(handed(flux, ours, status)).toEqual([
      { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
      {
        op: 'replace',
        path: '/metadata/managedFields',
        value: [
          {
            ...flux,
            fieldsV1: {
              'f:spec': {
                'f:replicas': {},
                'f:template': template({
                  'f:name': {},
                  'f:ports': {},
                  'f:image': {},
                  'f:env': { 'k:{"name":"OLD"}': {} },
                }),
              },
            },
          },
          { ...ours, fieldsV1: marks },
          status,
        ],
      },
    ])
  })

  test.for([
    ['nobody applies on the server’s side', [ours, status]],
    ['two apply it', [flux, { ...flux, manager: 'somebody' }, ours]],
    ['he applies it as another version of its kind', [{ ...flux, apiVersion: 'apps/v2' }, ours]],
    ['it was handed over before', [flux, { ...ours, fieldsV1: {} }]],
  ] as const)('stays ours where %s', ([, managedFields]) => {
    expect(handed(...managedFields)).toEqual([])
  })
})
