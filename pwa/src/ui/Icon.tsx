/** Our own line drawings, 24 × 24. Beside them always stands a word, or the button has a name. */
const PATHS = {
  phone: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2',
  hangUp: 'M3 15v-2.5C5.5 9.5 8.5 8 12 8s6.5 1.5 9 4.5V15l-4.5 1-1-3.5a11 11 0 0 0-7 0l-1 3.5z',
  decline: 'M6 6l12 12M18 6L6 18',
  mic: 'M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3M5 11a7 7 0 0 0 14 0M12 18v3',
  micOff: 'M4 3l16 18M9 9v3a3 3 0 0 0 5 2M15 11V6a3 3 0 0 0-6-.5M5 11a7 7 0 0 0 11 5.5M12 18v3',
  pause: 'M9 5v14M15 5v14',
  play: 'M7 4l13 8-13 8z',
  check: 'M4 13l5 5L20 6',
  ready: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12l3 3 5-6',
  cup: 'M5 8h12v6a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5zM17 9h1a3 3 0 0 1 0 6h-1M8 2v3M12 2v3',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  pen: 'M4 20l1-5L16 4l4 4L9 19z',
  warn: 'M12 3l10 18H2zM12 10v5M12 18v.5',
  minus: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12h8',
  off: 'M12 3v8M6.5 6.5a8 8 0 1 0 11 0',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4 21a8 8 0 0 1 16 0',
  people: 'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M2 20a7 7 0 0 1 14 0M16 5a3.5 3.5 0 0 1 0 7M18 14a7 7 0 0 1 4 6',
  history: 'M4 12a8 8 0 1 0 3-6.2M4 4v4h4M12 8v5l3 2',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.1M4 12h.1M4 18h.1',
  headset: 'M4 15v-3a8 8 0 0 1 16 0v3M4 14h3v6H5a1 1 0 0 1-1-1zM20 14h-3v6h2a1 1 0 0 0 1-1z',
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14M16 16l5 5',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  chevron: 'M6 9l6 6 6-6',
  board: 'M3 4h18v12H3zM8 20h8M12 16v4M7 12V9M12 12V7M17 12v-2',
  keyboard: 'M3 6h18v12H3zM7 10h.1M11 10h.1M15 10h.1M8 14h8',
  recordOff: 'M8 7a6 6 0 0 0 8 9M17 15a6 6 0 0 0-7-8.7M4 4l16 16',
  lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  record: 'M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12',
  signal: 'M4 18v-3M9 18v-6M14 18V9M19 18V5',
  offline: 'M3 3l18 18M5 12a10 10 0 0 1 4-2.5M19 12a10 10 0 0 0-5-3M9 16a4 4 0 0 1 6 0M12 20h.1',
  say: 'M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12h5',
  keypad: 'M6 6h.1M12 6h.1M18 6h.1M6 12h.1M12 12h.1M18 12h.1M6 18h.1M12 18h.1M18 18h.1',
  fork: 'M4 12h6M10 12c4 0 3-6 7-6h3M10 12c4 0 3 6 7 6h3M18 4l2 2-2 2M18 16l2 2-2 2',
  digits: 'M3 7h18v10H3zM7 10v4M11 10v4M15 10v4',
  megaphone: 'M4 10v4h3l8 4V6l-8 4zM18 9a4 4 0 0 1 0 6M8 14v5',
  star: 'M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5L12 16.3 7 19l1.1-5.5L4 9.7 9.6 9z',
  globe: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
  nested: 'M4 4h16v16H4zM9 9h6v6H9z',
  back: 'M9 5l-5 5 5 5M4 10h10a5 5 0 0 1 0 10h-3',
  undo: 'M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4',
  redo: 'M16 5l4 4-4 4M20 9H10a5 5 0 0 0 0 10h4',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  upload: 'M12 15V4M7 9l5-5 5 5M5 20h14',
  tidy: 'M3 9h6v6H3zM15 4h6v5h-6zM15 15h6v5h-6zM9 12h3V6.5h3M12 12v5.5h3',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
