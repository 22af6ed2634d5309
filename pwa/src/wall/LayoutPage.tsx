import './wall.css';
import '../settings/settings.css';
import { useLingui } from '@lingui/react/macro';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { leads, session } from '../app/session';
import { NumberField, TextField } from '../forms/controls';
import { moved } from '../forms/path';
import { SaveWallboardDocument, WallboardsDocument, WallPreviewDocument } from '../gql/graphql';
import type { WallTile } from '../live/state';
import { useStore } from '../live/store';
import { FormFrame, useAt, useEditor } from '../settings/form';
import shapes from '../settings/model/shapes.json';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { type Layout, MOST_ROWS, type Page, rowsOf } from './layout';
import { PageView } from './PageView';
import { AddTile, TileForm } from './TileForm';

const PREVIEW_EVERY_MS = 2_000;
const BLANK = shapes.wallboard as unknown as Layout;

async function find(id: number): Promise<Layout | undefined> {
  const { wallboards } = await execute(WallboardsDocument, {});
  return wallboards.find((each) => each.id === id)?.body as Layout | undefined;
}

/** A layout being composed: the tiles on the left, what they would show now on the right. */
export function LayoutPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const { layout: item } = useParams({ strict: false }) as { layout?: string };
  const id = item === 'new' ? null : Number(item);
  const allowed = (now.kind === 'user' || now.kind === 'expired') && leads(now.user);
  const [known, setKnown] = useState<Layout | null | undefined>(undefined);
  useEffect(() => {
    if (!allowed) return;
    if (id === null) setKnown(BLANK);
    else
      find(id).then(
        (found) => setKnown(found ?? null),
        () => setKnown(null),
      );
  }, [id, allowed]);
  if (allowed && known) return <Editor key={item} id={id} initial={known} />;
  return (
    <>
      <h1 className="unseen">{t`Nástěnka`}</h1>
      <Empty icon={allowed && known === undefined ? 'board' : 'warn'}>
        {!allowed
          ? t`Nástěnky skládá jen supervizor nebo správce.`
          : known === undefined
            ? t`Načítá se…`
            : t`Tahle nástěnka už není.`}
      </Empty>
    </>
  );
}

function Editor({ id, initial }: { id: number | null; initial: Layout }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const editor = useEditor(
    initial,
    (body, base) => execute(SaveWallboardDocument, { body, id, base: id === null ? null : base }),
    undefined,
    async () => undefined,
  );
  const [at, setAt] = useState(0);
  const layout = editor.state.value;
  const page = Math.min(at, layout.pages.length - 1);
  return (
    <div className="layout-page" data-testid="layout">
      <div>
        <Link to="/walls" className="button plain">
          ← {t`Zpět na nástěnky`}
        </Link>
        <FormFrame
          editor={editor}
          isNew={id === null}
          history={`wallboards:${id}`}
          onSaved={(saved) => {
            if (id === null) void navigate({ to: '/walls/$layout', params: { layout: String(saved) }, replace: true });
          }}
          onReload={async () => (id === null ? undefined : find(id))}
        >
          <Head />
          <Pages at={page} onAt={setAt} />
        </FormFrame>
      </div>
      <Preview layout={layout} at={page} />
    </div>
  );
}

function Head() {
  const { t } = useLingui();
  const [name, setName] = useAt<string>('name');
  const [rotate, setRotate] = useAt<number>('rotate_s');
  return (
    <section className="panel setting-section" aria-labelledby="layout-title">
      <header>
        <h1 id="layout-title">{t`Nástěnka`}</h1>
      </header>
      <div className="setting-fields">
        <TextField path="name" label={t`Název`} value={name} onChange={setName} />
        <NumberField
          path="rotate_s"
          label={t`Střídat stránky po (s)`}
          hint={t`0: jen první stránka.`}
          min={0}
          max={3600}
          value={rotate}
          onChange={setRotate}
        />
      </div>
    </section>
  );
}

function Pages({ at, onAt }: { at: number; onAt: (at: number) => void }) {
  const { t } = useLingui();
  const [pages, setPages] = useAt<readonly Page[]>('pages');
  const [name, setName] = useAt<string>(`pages.${at}.name`);
  const [tiles, setTiles] = useAt<Page['tiles']>(`pages.${at}.tiles`);
  return (
    <section className="panel" aria-labelledby="layout-tiles">
      <header>
        <h2 id="layout-tiles">{t`Dlaždice`}</h2>
        <Button
          icon="plus"
          onPress={() => {
            setPages([...pages, shapes.wall_page as unknown as Page]);
            onAt(pages.length);
          }}
          testId="page-add"
        >{t`Přidat stránku`}</Button>
      </header>
      <div className="layout-tabs">
        {pages.map((each, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place is the page's name
          <Button key={n} pressed={n === at} onPress={() => onAt(n)}>
            {each.name || t`Stránka ${n + 1}`}
          </Button>
        ))}
        {pages.length > 1 && (
          <Button
            tone="plain"
            icon="close"
            onPress={() => {
              setPages(pages.filter((_, n) => n !== at));
              onAt(Math.max(0, at - 1));
            }}
          >{t`Odebrat stránku`}</Button>
        )}
      </div>
      <div className="setting-fields">
        <TextField path={`pages.${at}.name`} label={t`Název stránky`} value={name} onChange={setName} />
      </div>
      {tiles.map((tile, n) => (
        <TileForm
          // biome-ignore lint/suspicious/noArrayIndexKey: the place is the tile's name
          key={n}
          path={`pages.${at}.tiles.${n}`}
          tile={tile}
          onChange={(made) => setTiles(tiles.with(n, made))}
          onMove={(by) => setTiles(moved(tiles, n, n + by))}
          onRemove={() => setTiles(tiles.filter((_, each) => each !== n))}
          first={n === 0}
          last={n === tiles.length - 1}
        />
      ))}
      {tiles.length === 0 && <Empty icon="board">{t`Stránka je prázdná. Přidejte první dlaždici.`}</Empty>}
      <AddTile onAdd={(tile) => setTiles([...tiles, tile])} />
    </section>
  );
}

function Preview({ layout, at }: { layout: Layout; at: number }) {
  const { t } = useLingui();
  const [values, setValues] = useState<ReadonlyMap<string, WallTile>>(new Map());
  const body = JSON.stringify(layout);
  useEffect(() => {
    let over = false;
    const look = async () => {
      try {
        // A name is needed only when it is saved.
        const asked = { ...JSON.parse(body), name: 'náhled' };
        const { wallPreview } = await execute(WallPreviewDocument, { layout: asked });
        if (!over && wallPreview.__typename === 'WallPreview') {
          setValues(new Map(wallPreview.values.map((each) => [each.tile, each])));
        }
      } catch {
        // The old values stay; the connection has a banner of its own.
      }
    };
    void look();
    const timer = setInterval(() => void look(), PREVIEW_EVERY_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [body]);
  const page = layout.pages[at];
  const rows = rowsOf(page?.tiles ?? []);
  return (
    <section className="layout-preview" aria-label={t`Náhled`} data-testid="layout-preview">
      {page && <PageView page={page} at={at} values={values} />}
      <p className="small quiet" role="status">
        {rows > MOST_ROWS
          ? t`Stránka má ${rows} řad, z pěti metrů se přečte nejvýš ${MOST_ROWS}. Dlaždice zmenšete, nebo dejte na další stránku.`
          : t`Náhled ukazuje skutečná čísla této chvíle.`}
      </p>
    </section>
  );
}
