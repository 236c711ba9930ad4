// docs/diagnostics.md, made from the catalogue.
import { type CatalogueRow, catalogue } from './catalogue.ts'

const areas: Record<string, string> = {
  settings: '`/etc/pktw/pktw.yaml`, each told with its place in the file.',
  media: 'What a disc is, and what becomes of it: `pktw status`, and the property `PKTW_REASON`.',
  drive: 'What a drive answers, or does not.',
  eject: 'Why the tray stays shut though the button was pressed.',
  engine: 'The service `pktw@srN`: in its journal.',
  backend: 'Discs that the kernel writes (`direct`, `pktcdvd`): in the journal of `pktw@srN`.',
  prepare: '`pktw prepare`, and the service `pktw-prepare@srN`: in its journal and its state file.',
  install: '`pktw install` and `pktw uninstall`.',
  cli: 'The other verbs of `pktw`.',
  bus: 'The service on the bus, `pktwd`, and `pktw` where it asks it; [bus.md](bus.md) has the names of errors.',
  doctor: '`pktw doctor`; [doctor.md](doctor.md) says how each comes about, and what shows it.',
  gen: '`pktw-gen`.',
}

/** Parameters as a reader sees them: `{file}` becomes *file*. */
const shown = (text: string): string => text.replace(/\{(\w+)\}/g, '*$1*').replace(/\|/g, '\\|')

/** The manual page as Markdown, one table an area, in the order of the catalogue. */
export function diagnosticsManual(): string {
  const rows: [string, CatalogueRow][] = Object.entries(catalogue)
  const names = [...new Set(rows.map(([code]) => code.split('.')[0] as string))]
  const sections = names.map((name) => {
    const table = rows
      .filter(([code]) => code.startsWith(`${name}.`))
      .map(
        ([code, row]) =>
          `| \`${code}\` | ${row.severity} | ${shown(row.message)} | ${shown(row.remedy ?? '')} |`,
      )
    const about = areas[name]
    if (about === undefined) throw new Error(`the area ${name} has no introduction`)
    return `## ${name}\n${about}\n\n| code | severity | message | what to do |\n|---|---|---|---|\n${table.join('\n')}\n`
  })
  return `# Diagnostics

Every problem that pktw tells, by its code. Codes are stable; with \`--json\` programs get them with severity, message,
remedy, and place. This page is made from \`src/diagnostics/codes/\` by \`npm run generate\`.

${sections.join('\n')}`
}
