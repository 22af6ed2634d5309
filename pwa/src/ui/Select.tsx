import { Select as AriaSelect, Button, Label, ListBox, ListBoxItem, Popover, SelectValue } from 'react-aria-components';
import { Icon } from './Icon';

export interface Choice<T extends string | number> {
  id: T;
  name: string;
}

export interface SelectProps<T extends string | number> {
  label: string;
  choices: readonly Choice<T>[];
  value: T | null;
  onChange: (value: T) => void;
  placeholder?: string;
  disabled?: boolean;
  testId?: string;
}

export function Select<T extends string | number>(props: SelectProps<T>) {
  return (
    <AriaSelect
      className="field select"
      selectedKey={props.value}
      onSelectionChange={(key) => key !== null && props.onChange(key as T)}
      placeholder={props.placeholder ?? ''}
      isDisabled={props.disabled ?? false}
      data-testid={props.testId}
    >
      <Label className="label">{props.label}</Label>
      <Button className="button">
        <SelectValue />
        <Icon name="chevron" />
      </Button>
      <Popover className="popover">
        <ListBox items={props.choices}>
          {(choice) => (
            <ListBoxItem className="menu-item" id={choice.id}>
              {choice.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
