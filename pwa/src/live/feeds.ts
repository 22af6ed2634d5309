/** The feeds of the product; a page starts those it shows. */
import { BoardDocument, ColleaguesDocument, DeskDocument, FloorDocument } from '../gql/graphql';
import { Feed } from './feed';
import { Socket } from './socket';

const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`;

export const socket = new Socket(url);
export const desk = new Feed(socket, DeskDocument);
export const floor = new Feed(socket, FloorDocument);
export const board = new Feed(socket, BoardDocument);
export const colleagues = new Feed(socket, ColleaguesDocument);

export function stopFeeds(): void {
  for (const feed of [desk, floor, board, colleagues]) feed.stop();
}
