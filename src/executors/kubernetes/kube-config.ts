import { registerHooks } from 'node:module'

/*
 * The library knows every kubeconfig and every way to log in. Beside them come eight hundred files of generated models, which we have no
 * use for: a third of the time to start, and of the memory. They are left out while it is loaded (docs/decisions/0023).
 */
const leaving = registerHooks({
  resolve(specifier, context, next) {
    const isGenerated =
      specifier === './gen/index.js' &&
      context.parentURL?.endsWith('/@kubernetes/client-node/dist/config.js')
    return isGenerated ? { url: needed, shortCircuit: true } : next(specifier, context)
  },
})
const needed = new URL('./generated-parts.ts', import.meta.url).href
export const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js')
leaving.deregister()
export type KubeConfig = InstanceType<typeof KubeConfig>
