import { registerHooks } from 'node:module'

/*
 * zod loads its messages in fifty languages, and we use one, which comes without them: half of what loading it costs, before the
 * first request is taken in. They are left out while it is loaded (docs/decisions/0023).
 */
const none = 'data:text/javascript,'
const leaving = registerHooks({
  resolve(specifier, context, next) {
    const isTranslations =
      specifier === '../locales/index.js' && context.parentURL?.includes('/zod/v4/') === true
    return isTranslations ? { url: none, shortCircuit: true } : next(specifier, context)
  },
})
await import('zod')
leaving.deregister()
