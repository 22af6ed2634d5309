import { useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';
import { Button, ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { useSettings } from '../app/settings';
import { matches } from '../menus/model/outline';
import { Icon } from '../ui/Icon';

const NONE = 0;

/** What a contact was about: typed or picked, of its queue's tree; those retired stay only where they were chosen. */
export function CategoryPicker({
  queueId,
  value,
  onChange,
}: {
  queueId: number | null;
  value: number | null;
  onChange: (category: number | null) => void;
}) {
  const { t } = useLingui();
  const { categories } = useSettings();
  const [typed, setTyped] = useState<string | null>(null);
  const chosen = categories.find((each) => each.id === value) ?? null;
  const shown = chosen ? chosen.path.join(' › ') : '';
  const choices = useMemo(() => {
    const fitting = categories.filter(
      (each) => each.id === value || (!each.retired && (each.queueId == null || each.queueId === queueId)),
    );
    const all = fitting.map((each) => ({
      id: each.id,
      name: each.name,
      depth: each.path.length - 1,
      text: each.path.join(' › '),
    }));
    const none = value === null ? [] : [{ id: NONE, name: t`Bez kategorie`, depth: 0, text: t`Bez kategorie` }];
    return typed === null || typed === shown ? [...all, ...none] : all.filter((each) => matches(each.text, typed));
  }, [categories, queueId, value, typed, shown, t]);
  const searching = typed !== null && typed !== shown;
  return (
    <ComboBox
      className="field combo"
      aria-label={t`Kategorie`}
      items={choices}
      allowsEmptyCollection
      selectedKey={value}
      inputValue={typed ?? shown}
      onInputChange={setTyped}
      onSelectionChange={(key) => {
        setTyped(null);
        if (key !== null && key !== value) onChange(Number(key) || null);
      }}
      onBlur={() => setTyped(null)}
      menuTrigger="focus"
      data-testid="category"
    >
      <Label className="label">{t`Kategorie`}</Label>
      <div className="combo-box">
        <Input
          className="input"
          placeholder={t`Čeho se hovor týkal? Pište nebo vyberte`}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button className="button plain icon-only" aria-label={t`Ukázat kategorie`}>
          <Icon name="chevron" />
        </Button>
      </div>
      <Popover className="popover combo-list">
        <ListBox renderEmptyState={() => <p className="quiet small combo-empty">{t`Taková kategorie tu není.`}</p>}>
          {(choice: (typeof choices)[number]) => (
            <ListBoxItem className="menu-item" id={choice.id} textValue={choice.text}>
              <span style={{ paddingInlineStart: searching ? 0 : choice.depth * 16 }}>
                {searching ? choice.text : choice.name}
              </span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
