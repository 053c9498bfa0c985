import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Draw } from '#ports/draw.ts'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

const file = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)))

/** Loaded when the first picture is drawn: nobody who needs none waits for it. */
let ready: Promise<readonly Uint8Array[]> | undefined
async function load(): Promise<readonly Uint8Array[]> {
  await initWasm(await file('@resvg/resvg-wasm/index_bg.wasm'))
  return Promise.all([
    file('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
    file('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
  ])
}

/** Twice as fine as the drawing says, for the screens of today. */
export const png: Draw = async (svg) => {
  ready ??= load()
  const fontBuffers = [...(await ready)]
  const drawing = new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: 'Inter' },
    fitTo: { mode: 'zoom', value: 2 },
  })
  return drawing.render().asPng()
}
