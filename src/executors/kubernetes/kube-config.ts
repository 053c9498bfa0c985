import { registerHooks } from 'node:module'

/*
 * The library knows every kubeconfig and every way to log in. Beside them come 850 files of generated models and clients, which we have
 * no use for: a quarter of the processor time until we listen, and 40 MB. They are left out while it is loaded (docs/decisions/0023).
 */
const needed = new URL('./generated-parts.ts', import.meta.url).href
const leaving = registerHooks({
  resolve(specifier, context, next) {
    const isGenerated =
      specifier === './gen/index.js' &&
      context.parentURL?.endsWith('/@kubernetes/client-node/dist/config.js')
    return isGenerated ? { url: needed, shortCircuit: true } : next(specifier, context)
  },
})
export const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js')
leaving.deregister()
export type KubeConfig = InstanceType<typeof KubeConfig>
