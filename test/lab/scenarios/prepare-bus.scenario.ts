import { errorsOf, questionsOf, type Said, signalsOf, valuesOf, watchBus } from '../bus-watch.ts'
import { atSeat } from '../desktop.ts'
import { makeDisc } from '../discs.ts'
import { screen, typeLine, untilShown, wipe } from '../keyboard.ts'
import { bytes, profileFor, sumOf, unitProperty, untilMounted, where, write } from '../life.ts'
import { type Context, scenario } from '../scenario.ts'
import type { Place } from '../stand.ts'

const object = '/org/pktw/Pktw1/drives/sr0'
const job = '/org/pktw/Pktw1/jobs/prepare_sr0'
const call = (method: string): string =>
  `busctl --timeout=200 call org.pktw.Pktw1 ${object} org.pktw.Pktw1.Drive ${method}`
const prepare = (options: string): string => call(`Prepare 'a{sv}' ${options}`)
const patience = 300_000
const password = 'secret'

/** The same with pkttyagent, which asks on the terminal for the program that it was started by. */
const withAgent = (line: string): string => `sh -c "pkttyagent & sleep 3; exec ${line}"`

const property = async (ctx: Context, name: string): Promise<string> =>
  (
    await ctx.must(['busctl', 'get-property', 'org.pktw.Pktw1', object, 'org.pktw.Pktw1.Drive', name], {
      timeoutMs: patience,
    })
  ).stdout.trim()

interface State {
  phase: string
  disc: string
}

/** Undefined between the order and the first word of whoever carries it out. */
const state = async (ctx: Context): Promise<State | undefined> => {
  const { code, stdout } = await ctx.guest.exec(['cat', '/run/pktw/prepare/sr0.json'])
  return code === 0 ? (JSON.parse(stdout) as State) : undefined
}

/** Over the network, so to speak: a session without a seat. */
async function refusedToBob(ctx: Context, line: string, said: () => Promise<Said[]>): Promise<void> {
  const before = errorsOf(await said()).length
  const { code, stderr } = await ctx.guest.exec(['runuser', '-l', 'bob', '-c', `${line} </dev/null`], {
    timeoutMs: patience,
  })
  ctx.check(`bob may not: ${line}`, code !== 0 && stderr.includes('you may not do this'), stderr)
  ctx.check('and has the next step', stderr.includes('authenticate when you are asked'), stderr)
  const names = await ctx.waitFor(
    'the error is on the bus',
    async () => {
      const names = errorsOf(await said()).slice(before)
      return names.length > 0 && names
    },
    60_000,
  )
  ctx.check('by its name', names.join() === 'org.pktw.Error.NotAuthorized', names)
}

/** What takes its time: the format; of a DVD+RW, which is used while it goes on, only when the whole of it is asked for. */
const slowPhase = (
  ctx: Context,
): { phase: string; duration: 'format' | 'background'; options(label: string): string } =>
  ctx.medium === 'dvd+rw'
    ? {
        phase: 'background',
        duration: 'background',
        options: (label) => `2 label s ${label} full b true`,
      }
    : { phase: 'formatting', duration: 'format', options: (label) => `1 label s ${label}` }

/** Puts a disc from the shop in, and waits until udev has looked at it. */
async function insertBlank(ctx: Context, { drive }: Place): Promise<void> {
  drive.insert(await makeDisc({ kind: ctx.medium, state: 'blank' }))
  await ctx.waitFor(
    'the blank disc is known',
    async () => /"(blank|unformatted)"/.test(await property(ctx, 'State')),
    patience,
  )
}

/** What the bus was told when the job is over. */
const untilOver = (ctx: Context, said: () => Promise<Said[]>): Promise<Said[]> =>
  ctx.waitFor(
    'the job is over',
    async () => {
      const all = await said()
      return signalsOf(all, 'InterfacesRemoved').some(([path]) => path === job) && all
    },
    patience,
  )

const labelIs = async (ctx: Context, label: string): Promise<void> => {
  const { stdout } = await ctx.must(['lsblk', '--nodeps', '--noheadings', '--output=LABEL', '/dev/pktw/sr0'])
  ctx.check(`its label is ${label}`, stdout.trim() === label, stdout)
}

/** A blank disc: whoever sits there has it prepared, nobody else. */
async function blank(ctx: Context, { drive }: Place): Promise<void> {
  const said = await watchBus(ctx)
  await refusedToBob(ctx, prepare('1 label s BOBS'), said)
  const slow = slowPhase(ctx)
  drive.durations[slow.duration] = 20_000
  const started = await atSeat(ctx.guest, prepare(slow.options('PHOTOS')))
  ctx.check('alice: Prepare gives a job, and asks nothing', started.output.includes(job), started.output)
  const all = await untilOver(ctx, said)
  const added = signalsOf(all, 'InterfacesAdded').filter(([path]) => path === job)
  ctx.check('the job came', added.length === 1, added)
  const phases = valuesOf(all, job, 'Phase')
  ctx.check(
    'it told its phases',
    [slow.phase, 'mapping', 'file-system'].every((phase) => phases.includes(phase)),
    phases,
  )
  const moved = valuesOf(all, job, 'Progress').filter((p) => Number(p) > 0)
  ctx.check('and how far it was', new Set(moved).size >= 2, moved)
  const finished = signalsOf(all, 'Finished')
  ctx.check('finished well', JSON.stringify(finished) === '[[true,"",""]]', finished)
  drive.durations[slow.duration] = 0
  const options = await untilMounted(ctx)
  ctx.check('mounted read-write, hers', options.startsWith('rw') && options.includes('uid=1000'), options)
  ctx.check('and ready', (await property(ctx, 'State')) === 's "ready"', await property(ctx, 'State'))
  await labelIs(ctx, 'PHOTOS')
}

/** A disc with data, without anybody to type a password: nothing is erased. */
async function kept(ctx: Context): Promise<string> {
  const sum = await write(ctx, `${where}/letter`, bytes('letter', 300_000))
  const mounted = await atSeat(ctx.guest, prepare('1 erase b true'), 'alice')
  ctx.check(
    'mounted: left alone',
    mounted.code !== 0 && mounted.output.includes('is mounted'),
    mounted.output,
  )
  const unmounted = await atSeat(ctx.guest, call('Unmount'))
  ctx.check('alice: Unmount', unmounted.code === 0, unmounted.output)
  const said = await watchBus(ctx)
  const asked = await atSeat(ctx.guest, prepare('1 erase b false'))
  ctx.check(
    'erase: false: what would be lost',
    asked.code !== 0 && /would be lost: the volume .PHOTOS/.test(asked.output),
    asked.output,
  )
  const alone = await atSeat(ctx.guest, prepare('1 erase b true'))
  ctx.check(
    'erase: true, and nobody asks for the password',
    alone.code !== 0 && alone.output.includes('(org.pktw.erase)'),
    alone.output,
  )
  const names = errorsOf(await said())
  const wanted = ['org.pktw.Error.PrepareNeedsErase', 'org.pktw.Error.NotAuthorized']
  ctx.check('errors by their names', names.join() === wanted.join(), names)
  const [question] = questionsOf(await said()).filter(({ action }) => action === 'org.pktw.erase')
  const { drive = '', disc = '', label } = question?.details ?? {}
  ctx.check(
    'polkit was told which drive and which disc',
    /^sr0 \(.+\)$/.test(drive) && disc.includes('PHOTOS') && label === 'PHOTOS',
    question,
  )
  return sum
}

/** With an agent on her terminal. */
async function erased(ctx: Context, sum: string): Promise<void> {
  await wipe(ctx)
  const refusal = atSeat(ctx.guest, withAgent(prepare('1 erase b true')))
  const prompt = await untilShown(ctx, /Password:/)
  ctx.check(
    'the prompt names drive and disc',
    /erase all that is on the disc .PHOTOS. in sr0 \(PKTW .*\)/.test(prompt) && /as: alice/.test(prompt),
    prompt,
  )
  await typeLine(ctx, 'wrong')
  const wrong = await refusal
  ctx.check(
    'a wrong password: refused',
    wrong.code !== 0 && wrong.output.includes('(org.pktw.erase)'),
    wrong.output,
  )
  const again = await atSeat(ctx.guest, call('Mount'))
  ctx.check('still the same disc', again.code === 0, again.output)
  ctx.check('nothing is lost', (await sumOf(ctx, `${where}/letter`)) === sum, sum)
  await atSeat(ctx.guest, call('Unmount'))

  // The same by pktw, which brings its own agent: a question of its own, then the password.
  await wipe(ctx)
  const program = atSeat(ctx.guest, 'pktw prepare sr0 --label AGAIN </dev/tty >/dev/tty 2>&1')
  const question = await untilShown(ctx, /Erase it\?/)
  ctx.check('pktw prepare says what will be lost', /holds "PHOTOS" \(udf\)/.test(question), question)
  await typeLine(ctx, 'y')
  await untilShown(ctx, /Password:/)
  await typeLine(ctx, password)
  const done = await program
  const shown = await screen(ctx)
  ctx.check(
    'pktw prepare without root: prepared and mounted',
    done.code === 0 && shown.includes(`is prepared and mounted at ${where}`),
    shown,
  )
  await labelIs(ctx, 'AGAIN')
  ctx.check('and empty', (await ctx.guest.exec(['test', '-e', `${where}/letter`])).code !== 0, where)
}

/** FORMAT UNIT's operation code. */
const formatUnit = 0x04

/** Ended in the middle, and begun again. */
async function cancelled(ctx: Context, place: Place): Promise<void> {
  const { drive } = place
  await atSeat(ctx.guest, 'pktw eject sr0')
  await ctx.waitFor('the tray is out', async () => drive.trayOpen, patience)
  drive.removeDisc()
  await insertBlank(ctx, place)
  const { phase, duration, options } = slowPhase(ctx)
  const background = phase === 'background'
  drive.durations[duration] = background ? 100_000 : 240_000
  const said = await watchBus(ctx)
  const started = await atSeat(ctx.guest, prepare(options('FIRST')))
  ctx.check('alice: Prepare', started.code === 0, started.output)
  await ctx.waitFor('the drive formats', async () => (await state(ctx))?.phase === phase, patience)
  await refusedToBob(ctx, call('Cancel'), said)
  const second = await atSeat(ctx.guest, prepare('1 label s TWICE'))
  ctx.check(
    'no second one beside it',
    second.code !== 0 && second.output.includes('being prepared already'),
    second.output,
  )
  const ended = await atSeat(ctx.guest, call('Cancel'))
  ctx.check('alice: Cancel', ended.code === 0, ended.output)
  const finished = signalsOf(await untilOver(ctx, said), 'Finished')
  ctx.check('the job says so', finished.length === 1 && finished[0]?.[0] === false, finished)
  const now = await state(ctx)
  const disc = background ? 'formatted' : 'in-work'
  ctx.check(`the disc is ${disc}`, now?.phase === 'cancelled' && now.disc === disc, now)
  const unit = await unitProperty(ctx, 'pktw-prepare@sr0.service', 'ActiveState')
  ctx.check('nothing of it runs, and it did not fail', unit === 'inactive', unit)
  const nothing = await atSeat(ctx.guest, call('Cancel'))
  ctx.check(
    'no second Cancel',
    nothing.code !== 0 && nothing.output.includes('is not being prepared'),
    nothing.output,
  )

  drive.durations[duration] = 0
  // What can be used is taken up by itself; what still formats is waited for, and not formatted once more.
  const taken = async () => (await property(ctx, 'BlockDevice')) !== 's ""'
  if (background) await ctx.waitFor('the formatted disc is taken up', taken, patience)
  else ctx.check('the drive still formats', drive.operation !== undefined, drive.operation)
  const formats = drive.counters.of(formatUnit)
  const next = await watchBus(ctx)
  const on = await atSeat(ctx.guest, prepare('1 label s SECOND'))
  ctx.check('a second Prepare', on.code === 0, on.output)
  const end = signalsOf(await untilOver(ctx, next), 'Finished')
  ctx.check('goes through', JSON.stringify(end) === '[[true,"",""]]', end)
  const formatted = drive.counters.of(formatUnit)
  ctx.check('without another FORMAT UNIT', formatted === formats, formatted)
  await untilMounted(ctx)
  await labelIs(ctx, 'SECOND')
}

export default scenario({
  describe:
    'over the bus: a blank disc is prepared for who sits there; one with data for a password typed at the terminal; cancelled, begun again',
  media: ['cd-rw', 'dvd+rw'],
  run: async (ctx) => {
    await ctx.must(['sh', '-c', 'id bob || useradd --create-home --uid 1001 --shell /bin/sh bob'])
    await ctx.must(['chpasswd'], { stdin: Buffer.from(`alice:${password}\n`) })
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insertBlank(ctx, place)
    await blank(ctx, place)
    await erased(ctx, await kept(ctx))
    await cancelled(ctx, place)
    await ctx.must(['usermod', '--password', '!', 'alice'])
  },
})
