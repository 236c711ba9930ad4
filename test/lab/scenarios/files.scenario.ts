import {
  eject,
  insertOnly,
  noKernelErrors,
  now,
  profileFor,
  statsOf,
  unitProperty,
  untilMounted,
  wearOf,
  where,
} from '../life.ts'
import { scenario } from '../scenario.ts'

/** ms for one of the two programs below, under emulation. */
const patience = 900_000

/** As README.md tells users to make the file system; a CD-RW needs the table of spare packets of its own type. */
const formats: Record<string, string[]> = {
  'cd-rw': ['--media-type=cdrw'],
  'dvd-rw': ['--media-type=dvdrw'],
  'dvd+rw': ['--media-type=dvdrw'],
  'dvd-ram': ['--media-type=dvdram'],
  'bd-re': ['--media-type=hd', '--bootarea=erase', '--udfrev=2.01'],
}

/**
 * In the guest, as the user. `write`: 2,000 files in 40 folders of two levels, every second one deleted, some folders with all they
 * have, 60 appends to one file, each fsync'd; what is to be found afterwards goes to the list. `compare`: every folder and every file with the
 * list, from the bytes that are read; what is there besides; what is free.
 */
const program = `
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
const [, , what, root, list] = process.argv
let seed = 11
const random = (below) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const bytes = (size) => {
  const out = Buffer.alloc(size)
  for (let at = 0; at + 4 <= size; at += 4) out.writeUInt32LE((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0), at)
  return out
}
const sum = (data) => createHash('sha256').update(data).digest('hex')
if (what === 'write') {
  const kept = {}
  const folders = []
  for (let d = 0; d < 40; d++) {
    const folder = 'top' + (d % 8) + '/folder ' + d
    folders.push(folder)
    mkdirSync(root + '/' + folder, { recursive: true })
    for (let f = 0; f < 50; f++) {
      const name = folder + '/' + (f % 10 === 0 ? 'ünïcode-' : 'file-') + f
      const data = bytes(f === 7 ? 0 : 1 + random(f % 25 === 0 ? 90000 : 9000))
      writeFileSync(root + '/' + name, data)
      kept[name] = sum(data)
    }
  }
  for (const [n, name] of Object.keys(kept).entries()) {
    if (n % 2 === 1 && Object.hasOwn(kept, name)) {
      rmSync(root + '/' + name)
      delete kept[name]
    }
  }
  const log = openSync(root + '/appended', 'a')
  const all = []
  for (let n = 0; n < 60; n++) {
    const line = bytes(1 + random(6000))
    writeSync(log, line)
    fsyncSync(log)
    all.push(line)
  }
  closeSync(log)
  kept.appended = sum(Buffer.concat(all))
  // Blocks for what is not written yet are only set aside.
  execFileSync('sync', ['--file-system', root])
  const { bfree } = statfsSync(root)
  writeFileSync(list, JSON.stringify({ kept, folders, bfree }))
  console.log(JSON.stringify({ files: Object.keys(kept).length }))
} else {
  const { kept, folders, bfree } = JSON.parse(readFileSync(list, 'utf8'))
  const wrong = []
  const seen = { files: new Set(), folders: new Set() }
  const walk = (folder) => {
    for (const entry of readdirSync(root + '/' + folder, { withFileTypes: true })) {
      const name = folder === '' ? entry.name : folder + '/' + entry.name
      if (name === 'lost+found') continue
      if (entry.isDirectory()) {
        seen.folders.add(name)
        walk(name)
        continue
      }
      seen.files.add(name)
      if (!Object.hasOwn(kept, name)) wrong.push('nobody wrote ' + name)
      else if (sum(readFileSync(root + '/' + name)) !== kept[name]) wrong.push('other bytes in ' + name)
    }
  }
  walk('')
  for (const name of Object.keys(kept)) if (!seen.files.has(name)) wrong.push('missing: ' + name)
  for (const name of folders) if (!seen.folders.has(name)) wrong.push('missing: ' + name)
  const free = statfsSync(root).bfree
  if (free !== bfree) wrong.push('free were ' + bfree + ' blocks, are ' + free)
  console.log(JSON.stringify({ files: seen.files.size, folders: seen.folders.size, wrong }))
}
`

export default scenario({
  describe:
    'mkudffs, 2,000 small files, half of them deleted, appends with fsync, button, in again: every file as it was written',
  media: ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'],
  run: async (ctx) => {
    await ctx.login()
    await ctx.must(['tee', '/usr/local/lib/files.mjs'], { stdin: Buffer.from(program) })
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    const since = await now(ctx)
    const disc = await insertOnly(place, { kind: ctx.medium })
    await ctx.waitFor(
      'the packet device is there',
      async () =>
        (await unitProperty(ctx, 'pktw@sr0.service', 'ActiveState')) === 'active' &&
        (await ctx.guest.exec(['test', '-b', '/dev/pktw/sr0'])).code === 0,
      180_000,
    )
    const format = ['mkudffs', ...(formats[ctx.medium] ?? []), '--label=FILES', '/dev/pktw/sr0']
    const made = await ctx.must(format, { timeoutMs: 300_000 })
    ctx.check(format.join(' '), !/error/i.test(made.stderr), made.stderr)
    await untilMounted(ctx)

    const began = performance.now()
    const run = (what: string) =>
      ctx.alice(['node', '/usr/local/lib/files.mjs', what, where, '/home/alice/files.json'], {
        timeoutMs: patience,
      })
    const written = JSON.parse((await run('write')).stdout)
    ctx.time('written', performance.now() - began)
    ctx.check('1,000 files and the one appended to are to stay', written.files === 1001, written.files)
    await ctx.must(['sync', '--file-system', where], { timeoutMs: patience })
    await ctx.must(['sync', where], { timeoutMs: patience })
    // What waits was dirtied and is not written yet.
    const counted = await statsOf(ctx)
    const ratio = Number(counted.packets_written) / Number(counted.packets_dirtied)
    ctx.check('packets written ÷ different packets dirtied between flushes ≤ 1.05', ratio <= 1.05, {
      written: counted.packets_written,
      dirtied: counted.packets_dirtied,
      waiting: counted.packets_waiting,
      flush: counted.flush,
    })

    const pressed = performance.now()
    await eject(ctx, place)
    ctx.time('button to tray', performance.now() - pressed)
    const wear = wearOf(disc)
    // Where every fsync waits for the medium, so do the packets that others dirtied meanwhile: no ratio to different ones can be asked.
    const all = { ...wear, ratio: Math.round((wear.written / wear.different) * 100) / 100 }
    if (counted.flush === 'journal') {
      const what = 'packets that the medium was written with ÷ different ones, mkudffs to tray'
      ctx.check(what, wear.written / wear.different <= 1.6, all)
    } else ctx.check('the medium was written', wear.written > 0, all)
    place.drive.closeTray()
    await untilMounted(ctx)
    const found = JSON.parse((await run('compare')).stdout)
    ctx.check(
      'every folder and file as it was written, nothing else, as much free',
      found.wrong.length === 0,
      {
        ...found,
        wrong: found.wrong.slice(0, 10),
      },
    )
    ctx.check('all of them were read', found.files === 1001 && found.folders === 48, found.files)
    await noKernelErrors(ctx, since, 'all the time')
  },
})
