import type { Git } from '../../git.ts'
import type { Context } from '../context.ts'
import { createArgoCd } from './argo-cd.ts'
import { createFlux } from './flux.ts'

/** Whoever brings what Git has, beside the controllers. */
export function createGitOps(context: Context, git: Git) {
  const tools = [createArgoCd(context, git), createFlux(context, git)]
  return {
    pass(): void {
      for (const tool of tools) tool.pass()
    },
  }
}
