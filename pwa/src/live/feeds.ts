/** The feeds of the product; a page starts those it shows. */
import {
  AlertsDocument,
  BoardDocument,
  ColleaguesDocument,
  DeskDocument,
  FloorDocument,
  WallboardDocument,
} from '../gql/graphql';
import { Feed } from './feed';
import { Socket } from './socket';
import { Store } from './store';

const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`;

export const socket = new Socket(url);
export const desk = new Feed(socket, DeskDocument);
export const floor = new Feed(socket, FloorDocument);
export const board = new Feed(socket, BoardDocument);
export const colleagues = new Feed(socket, ColleaguesDocument);

/** What lasts too long, for those who lead. */
export const alerts = new Feed(socket, AlertsDocument);

/** The layout that a supervisor looks at; a screen shows the one assigned to it. */
export const wallLayout = new Store<number | null>(null);
export const wall = new Feed(socket, WallboardDocument, () => ({ layout: wallLayout.get() }));

export function stopFeeds(): void {
  for (const feed of [desk, floor, board, colleagues, alerts, wall]) feed.stop();
}
