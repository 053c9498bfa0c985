/** Makes a PNG of an SVG, twice as fine as it says. Texts are set in Inter, regular and semi-bold. */
export type Draw = (svg: string) => Promise<Uint8Array>
