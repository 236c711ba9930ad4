// The files of a distribution, into a directory: node examples/generate.mjs DIRECTORY
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generate } from 'pktw'

const [destination] = process.argv.slice(2)
const { value, diagnostics } = generate({
  layout: 'fedora',
  settings: 'mount: { style: fstab, where: /srv/disc }',
  directories: { sysconfdir: '/etc' },
})
for (const { severity, message, remedy } of diagnostics)
  console.error(`${severity}: ${message}. ${remedy ?? ''}`)
if (value === undefined || destination === undefined) process.exit(1)

for (const { path: file, mode, text } of value.files) {
  const place = path.join(destination, file)
  await mkdir(path.dirname(place), { recursive: true })
  await writeFile(place, text, { mode })
  console.log(place)
}
console.log(`For /etc/fstab:\n${value.fstab.join('\n')}`)
