// From one look to the next: what is shown, and when the disc is ejected.
import { describe, expect, test } from 'vitest'
import { type Action, Story } from '../../src/session/story.ts'
import type { DriveView } from '../../src/session/view.ts'
import { dirty, mapped, mounted, view } from './views.ts'

/** `show ready`, `show writing 50`, `eject`, `close`: what each look led to. */
function told(views: readonly DriveView[], options = { ejectsAfterUnmount: true }): string[] {
  const story = new Story(options)
  const word = (action: Action): string => {
    if (action.do !== 'show') return action.do
    const { kind, progress } = action.notice
    return progress === undefined ? `show ${kind}` : `show ${kind} ${progress}`
  }
  return views.map((seen) => story.look([seen]).map(word).join(', '))
}

const gone = (more: Partial<DriveView> = {}): DriveView => view({ diskseq: '8', ...more })

describe('the tray stays shut', () => {
  const why = {
    message: 'the tray of sr0 stays shut: what was last written is not on the disc (3/0C/00)',
    remedy: 'Press the button again. To give it up: `sudo systemctl stop pktw@sr0`',
  }
  const shut = mapped({ shut: why, ejectFailed: true, ...dirty(3) })
  const leaving = mapped({ ejecting: true, ...dirty(3) })

  test('why, and what to do, is shown once, in the place of a bar that never ends', () => {
    expect(told([mounted(), leaving, shut, shut])).toEqual(['', 'show writing 0', 'show shut', ''])
    const story = new Story({ ejectsAfterUnmount: true })
    const [action] = [mounted(), leaving, shut].map((seen) => story.look([seen])).at(-1) ?? []
    expect(action).toMatchObject({
      notice: {
        summary: 'The tray of sr0 stays shut: what was last written is not on the disc (3/0C/00)',
        body: 'Press the button again. To give it up: sudo systemctl stop pktw@sr0',
        urgency: 'critical',
      },
    })
  })

  test('pressed again, and shut again: shown again', () => {
    const emptier = mapped({ ejecting: true, ...dirty(2) })
    expect(told([mounted(), leaving, shut, emptier, shut]).slice(3)).toEqual(['show writing 33', 'show shut'])
  })

  test('mounted again and unmounted by the desktop: ejected as ever', () => {
    const again = [mounted({ shut: why }), shut]
    expect(told([mounted(), leaving, shut, ...again]).slice(3)).toEqual(['', 'eject, show writing 0'])
  })
})

describe('the life of a disc', () => {
  test('in, mounted, written, unmounted by the desktop, out', () => {
    const looks = [
      view(),
      mapped({ diskseq: '8' }),
      mounted({ diskseq: '8' }),
      mounted({ diskseq: '8', ...dirty(12) }),
      mapped({ diskseq: '8', ...dirty(12) }),
      mapped({ diskseq: '8', ejecting: true, ...dirty(6) }),
      mapped({ diskseq: '8', ejecting: true, unit: 'deactivating', ...dirty(0) }),
      view({ diskseq: '9', unit: 'inactive', ejecting: true }),
    ]
    expect(told(looks)).toEqual([
      '',
      '',
      'show ready',
      '',
      'eject, show writing 0',
      'show writing 50',
      'show writing 100',
      'show safe',
    ])
  })

  test('ready is told once a disc, and not of one that was there before the session', () => {
    expect(told([mounted(), mapped(), mounted()], { ejectsAfterUnmount: false })).toEqual([
      '',
      'show safe',
      '',
    ])
    expect(told([view(), mounted({ diskseq: '8' }), mounted({ diskseq: '8' })])).toEqual([
      '',
      'show ready',
      '',
    ])
  })

  test('a disc taken out with something left is told as such, one with nothing left is not', () => {
    expect(told([view(), mounted({ ...dirty(3) }), gone()]).at(-1)).toBe('show pulled')
    expect(told([view(), mounted(), gone()]).at(-1)).toBe('')
  })

  test('a service that failed is told with what to do', () => {
    const story = new Story({ ejectsAfterUnmount: true })
    story.look([mounted()])
    const [action] = story.look([view({ unit: 'failed', result: 'start-limit-hit' })])
    expect(action).toMatchObject({ do: 'show', notice: { kind: 'failed', urgency: 'critical' } })
    expect(action?.do === 'show' && action.notice.body).toContain('journalctl -u pktw@sr0')
  })

  test('a crash of the engine is nothing to tell', () => {
    expect(told([mounted(), mounted({ unit: 'activating' }), mounted()])).toEqual(['', '', ''])
  })
})

describe('an engine that does not answer', () => {
  /** Its key is left out, as the looker does. */
  const silent = (seen: DriveView): DriveView => {
    const { engine: _, ...rest } = seen
    return rest
  }
  const written = mounted({ ...dirty(50) })

  test('is no engine with nothing to write: nobody is told to take the disc out', () => {
    for (const ejectsAfterUnmount of [true, false]) {
      const story = new Story({ ejectsAfterUnmount })
      story.look([written])
      const notices = story.look([silent(mapped())]).flatMap((a) => (a.do === 'show' ? [a.notice] : []))
      expect(notices).toMatchObject([
        { kind: 'writing', summary: 'Leave LAB in the drive', body: expect.stringContaining('not known') },
      ])
    }
  })
  test('answers again: what it says is told', () => {
    const looks = [written, silent(mapped()), mapped({ ...dirty(2) }), mapped()]
    expect(told(looks, { ejectsAfterUnmount: false })).toEqual([
      '',
      'show writing',
      'show writing 0',
      'show safe',
    ])
  })
  test('while the disc is being ejected: it is not "almost done"', () => {
    const looks = [written, silent(mapped({ ejecting: true })), mapped({ ejecting: true, ...dirty(25) })]
    expect(told(looks)).toEqual(['', 'show writing', 'show writing 0'])
  })
  test('when the disc is pulled: somebody is told that it is not known what it lacks', () => {
    expect(told([written, silent(mounted()), gone()])).toEqual(['', '', 'show pulled'])
    expect(told([written, silent(mapped()), gone()], { ejectsAfterUnmount: false }).at(-1)).toBe(
      'show pulled',
    )
  })
  test('when it was ejected all the same: the end of the eject says that everything is on the disc', () => {
    const leaving = silent(mapped({ ejecting: true }))
    expect(told([written, leaving, gone()]).at(-1)).toBe('show safe')
    expect(told([written, leaving, gone({ ejecting: true }), gone()]).slice(2)).toEqual(['', 'show safe'])
    expect(told([written, leaving, gone({ ejectFailed: true })]).at(-1)).toBe('show pulled')
    const failedLater = [gone({ ejecting: true }), gone({ ejectFailed: true })]
    expect(told([written, leaving, ...failedLater]).slice(2)).toEqual(['', 'show pulled'])
  })
  test('and a service that ended well with the disc in: everything is on it', () => {
    expect(told([written, silent(mapped({ unit: 'deactivating' })), view()]).at(-1)).toBe('show safe')
  })
})

test('a pull is told also when the service still goes on at the first look, or another disc is in by then', () => {
  const going = gone({ unit: 'deactivating' })
  expect(told([mounted({ ...dirty(3) }), going, gone()])).toEqual(['', '', 'show pulled'])
  expect(told([mounted({ ...dirty(3) }), mapped({ diskseq: '8' })]).at(-1)).toBe('show pulled')
})

describe('a disc that the kernel writes: nobody says how much is left', () => {
  const byKernel = { device: 'sr0', engine: { badBlocks: 0, hottest: 0 } }
  test('after an unmount it can be ejected, which writes the rest; that everything is on it is not told', () => {
    expect(told([mounted(byKernel), mapped(byKernel)], { ejectsAfterUnmount: false })).toEqual([
      '',
      'show ejectable',
    ])
  })
  test('ejected: its end says that everything is on the disc', () => {
    const looks = [mounted(byKernel), mapped(byKernel), mapped({ ...byKernel, ejecting: true }), gone()]
    expect(told(looks)).toEqual(['', 'eject', 'show writing', 'show safe'])
  })
  test('gone without that: nothing is known, and nothing told', () => {
    expect(told([mounted(byKernel), gone()])).toEqual(['', ''])
  })
})

describe('data that was lost', () => {
  const loss = (lba: number, kept?: string) => ({
    ...{ lba, blocks: 32, at: 1000 + lba, why: '3/0C/00 write error' },
    ...(kept === undefined ? {} : { kept }),
  })
  const having = (...losses: ReturnType<typeof loss>[]) => ({
    engine: { dirtyBytes: 0, badBlocks: 0, hottest: 1, losses },
  })

  test('is told at once, beside whatever else is shown, until it was shown', () => {
    const known = new Set<number>()
    const story = new Story({ ejectsAfterUnmount: true, isTold: ({ lba }) => known.has(lba) })
    const tells = (seen: DriveView) =>
      story.look([seen]).flatMap((action) => (action.do === 'tell losses' ? [action] : []))
    expect(tells(mounted())).toEqual([])
    const [action] = tells(mounted(having(loss(64, '/var/lib/pktw/discs/journal/kept-1'), loss(96))))
    expect(action?.notice).toMatchObject({
      ...{ kind: 'lost', urgency: 'critical', apart: true, summary: 'Data written to LAB was lost' },
      body: expect.stringMatching(
        /2 packets \(131 kB\)\. A copy .* is in \/var\/lib\/pktw\/discs\/journal\/kept-1\..*pktw status sr0/,
      ),
    })
    // Nobody saw it: the desktop had no place for it, or somebody else sat there.
    expect(tells(mounted(having(loss(64), loss(96))))).toHaveLength(1)
    known.add(64).add(96)
    expect(tells(mounted(having(loss(64), loss(96))))).toEqual([])
    expect(tells(mapped({ ejecting: true, ...having(loss(64), loss(96), loss(128)) }))).toMatchObject([
      { losses: [{ lba: 128 }] },
    ])
  })
  test('before this session began, too: a recovery that nobody saw', () => {
    expect(told([mounted(having(loss(64)))])).toEqual(['tell losses'])
  })
  test('and the disc is not said to have everything', () => {
    const story = new Story({ ejectsAfterUnmount: true, isTold: () => true })
    story.look([mounted(having(loss(64)))])
    story.look([mapped({ ejecting: true, ...having(loss(64)) })])
    expect(story.look([gone()])).toMatchObject([
      { notice: { kind: 'safe', body: 'Everything is on the disc but what was lost.' } },
    ])
  })
})

test('a journal that cannot be kept is told once a disc, with why', () => {
  const story = new Story({ ejectsAfterUnmount: true })
  const lost = { engine: { dirtyBytes: 0, badBlocks: 0, hottest: 1, journalLost: 'EROFS' } }
  story.look([mounted()])
  expect(story.look([mounted(lost)])).toMatchObject([
    { notice: { kind: 'journal-lost', body: expect.stringContaining('EROFS') } },
  ])
  expect(story.look([mounted(lost)])).toEqual([])
})

describe('eject after an unmount', () => {
  const after = (second: DriveView, options = { ejectsAfterUnmount: true }): string | undefined =>
    told([mounted(), second], options).at(-1)

  test.each<[string, DriveView, boolean]>([
    ['by the desktop', mapped(), true],
    ['by pktw umount', mapped({ stays: true }), false],
    ['by pktw eject', mapped({ ejecting: true }), false],
    ['by a stop of the unit', mapped({ unit: 'deactivating' }), false],
    ['for a preparation', mapped({ preparing: { phase: 'starting' } }), false],
    ['because the disc went', gone(), false],
  ])('%s', (_name, second, ejected) => expect(after(second)?.includes('eject') ?? false).toBe(ejected))

  test('not of what a mount unit of ours had mounted', () => {
    const ours = mapped({ mount: { target: '/media/cdvdrw', byUnit: true } })
    expect(told([ours, mapped()])).toEqual(['', ''])
  })
  test('once', () => expect(told([mounted(), mapped(), mapped()])).toEqual(['', 'eject', '']))
  test('not where the settings say no: then it is told when it is written', () => {
    const looks = [mounted(), mapped({ ...dirty(2) }), mapped()]
    expect(told(looks, { ejectsAfterUnmount: false })).toEqual(['', 'show writing 0', 'show safe'])
  })
  test('mounted again meanwhile: the bar goes', () => {
    expect(told([mounted(), mapped({ ...dirty(2) }), mounted()])).toEqual([
      '',
      'eject, show writing 0',
      'close',
    ])
  })
})

describe('other discs', () => {
  const blank = view({
    present: true,
    diskseq: '8',
    state: 'blank',
    reason: { code: 'media.blank-cd-rw', message: 'The CD-RW is blank.' },
  })
  test('a blank one is offered to be prepared, once', () => {
    const story = new Story({ ejectsAfterUnmount: true })
    const [action] = [...story.look([view()]), ...story.look([blank])]
    expect(action).toMatchObject({ notice: { kind: 'unformatted', actions: { prepare: 'Prepare' } } })
    expect(story.look([blank])).toEqual([])
  })
  test('one with data on it is not', () => {
    expect(told([view(), view({ present: true, diskseq: '8', state: 'sequential' })])).toEqual(['', ''])
  })
  test('taken out again: the offer goes', () => {
    expect(told([blank, view({ diskseq: '9' })])).toEqual(['show unformatted', 'close'])
  })
  test('preparing shows how far it is, and goes away at its end', () => {
    const at = (perMille?: number) =>
      view({ ...blank, preparing: { phase: 'formatting', ...(perMille === undefined ? {} : { perMille }) } })
    expect(told([at(), at(120), at(121), view({ present: true, diskseq: '8', state: 'ready' })])).toEqual([
      'show preparing',
      'show preparing 12',
      '',
      'close',
    ])
  })
  test('a worn one is told beside being ready', () => {
    const worn = { engine: { dirtyBytes: 0, badBlocks: 2, hottest: 1 } }
    expect(told([view(), mounted({ diskseq: '8', ...worn })])).toEqual(['', 'show ready, show worn'])
  })
})

test('what the user closes is not shown again for being counted on', () => {
  const story = new Story({ ejectsAfterUnmount: true })
  const leaving = (left: number) => mapped({ ejecting: true, ...dirty(left) })
  story.look([mounted()])
  expect(story.look([leaving(8)])).toHaveLength(1)
  story.closed('sr0')
  expect(story.look([leaving(4)])).toEqual([])
  expect(story.look([view({ diskseq: '7' })])).toMatchObject([{ notice: { kind: 'safe' } }])
})

test('a drive that is unplugged is forgotten', () => {
  const story = new Story({ ejectsAfterUnmount: true })
  story.look([mounted()])
  expect(story.look([])).toEqual([])
  expect(story.look([mapped()])).toEqual([])
})
