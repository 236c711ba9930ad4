// docs/doctor.md, made from the table and the catalogue.
import { type CatalogueRow, catalogue } from '../diagnostics/catalogue.ts'
import { commandIn, troubles } from './table.ts'

/** Parameters as a reader sees them. */
const shown = (text: string): string => text.replace(/\{(\w+)\}/g, '*$1*').replace(/\|/g, '\\|')
const asCommand = (text: string): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())

const commandText = (remedy: string): string => {
  const command = commandIn(remedy)
  return command === '' ? 'the one that the message names' : `\`${asCommand(command)}\``
}

/** The manual page as Markdown: one section a trouble, in the order in which they are looked for. */
export function doctorManual(): string {
  const sections = troubles.map(({ code, about, evidence, fix }) => {
    const row: CatalogueRow = catalogue[code]
    return [
      `## ${code.replace('doctor.', '')}`,
      `*${row.severity}*: ${shown(row.message)}.`,
      '',
      about,
      '',
      `* Seen by: ${evidence}`,
      `* Command: ${commandText(row.remedy ?? '')}`,
      `* \`--fix\`: ${fix ?? 'left to you'}`,
      '',
    ].join('\n')
  })
  return `# pktw doctor

\`pktw doctor\` looks for every trouble that is known of packet writing on Linux, and says for each what shows it and what to do. \`--json\`
has the same for programs, \`--fix\` mends what can be mended without taking anything away that anybody could miss. It exits with 0 when
nothing is wrong (notes apart), 1 when something is, 2 when it could not look.

This page is made from \`src/doctor/\` by \`npm run generate\`.

${sections.join('\n')}`
}
