/** Vega-Lite specifications as SVG text, without a browser or a canvas. The same specification gives the same text. */
import { View, parse, resetSVGDefIds } from 'vega';
import { type TopLevelSpec, compile } from 'vega-lite';

const FONT = 'Helvetica, Arial, sans-serif';

/** A white ground, so that dark pages show it as it is. */
const CONFIG = {
  background: 'white',
  padding: 12,
  font: FONT,
  axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e5e5e5' },
  header: { labelFontSize: 12, titleFontSize: 12, labelFontWeight: 'bold' },
  legend: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal' },
  title: { fontSize: 13, anchor: 'start' },
  view: { stroke: '#cccccc' },
} as const;

/** The colours of Okabe and Ito, which are told apart by the colour-blind too; yellow, too faint on white, left out. */
export const COLOURS = [
  '#000000',
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#e69f00',
  '#7f7f7f',
] as const;

export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  resetSVGDefIds();
  const { spec: compiled } = compile({ ...spec, config: { ...CONFIG, ...spec.config } });
  const view = new View(parse(compiled), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
