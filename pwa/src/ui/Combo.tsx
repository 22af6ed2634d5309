import { useState } from 'react';
import { Button, ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { matches } from '../menus/model/outline';
import { Icon } from './Icon';
import type { Choice } from './Select';

const NONE = '–';
/** More than fit on any screen: the rest is found by typing. */
const MOST = 100;

/** One of many, found by typing; `none` is the choice of no one, and what it says. */
export function Combo<T extends string | number>({
  label,
  choices,
  value,
  onChange,
  none,
  show,
  empty,
  testId,
}: {
  label: string;
  choices: readonly Choice<T>[];
  value: T | null;
  onChange: (value: T | null) => void;
  none: string;
  /** What the button that opens the list says. */
  show: string;
  empty: string;
  testId?: string;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const chosen = choices.find((each) => each.id === value);
  const shown = chosen?.name ?? (value === null ? none : String(value));
  const searching = typed !== null && typed !== shown;
  const items = [
    ...(searching ? [] : [{ id: NONE as string | number, name: none }]),
    ...choices.filter((each) => !searching || matches(each.name, typed)),
  ].slice(0, MOST);
  return (
    <ComboBox
      className="field combo"
      items={items}
      allowsEmptyCollection
      selectedKey={value ?? NONE}
      inputValue={typed ?? shown}
      onInputChange={setTyped}
      onSelectionChange={(key) => {
        setTyped(null);
        if (key !== null) onChange(key === NONE ? null : (key as T));
      }}
      onBlur={() => setTyped(null)}
      menuTrigger="focus"
      data-testid={testId}
    >
      <Label className="label">{label}</Label>
      <div className="combo-box">
        <Input className="input" onFocus={(event) => event.currentTarget.select()} />
        <Button className="button plain icon-only" aria-label={show}>
          <Icon name="chevron" />
        </Button>
      </div>
      <Popover className="popover combo-list">
        <ListBox renderEmptyState={() => <p className="quiet small combo-empty">{empty}</p>}>
          {(choice: Choice<string | number>) => (
            <ListBoxItem className="menu-item" id={choice.id} textValue={choice.name}>
              {choice.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
