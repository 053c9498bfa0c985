import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Client, clientOf } from '../control-plane/client.ts'

let client: Client
beforeAll(async () => {
  client = await clientOf(inject('realCluster').kubeconfig)
})
afterAll(() => client.close())

interface Checked {
  readonly metadata: { readonly generation: number }
  readonly status?: {
    readonly observedGeneration?: number
    readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] }
  }
}

test.each(['countermand-freeze', 'countermand-hold'])(
  'the types of every expression of the policy %s are found right by the cluster',
  async (name) => {
    const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${name}`
    const read = async () => (await client.must('GET', path)) as unknown as Checked
    await expect
      .poll(
        async () => {
          const { metadata, status } = await read()
          return status?.observedGeneration === metadata.generation
        },
        { timeout: 20_000 },
      )
      .toBe(true)

    expect((await read()).status?.typeChecking).toEqual({})
  },
)
