"""A made-up Czech population, the same for the same seed."""

import itertools
import random
from datetime import date, timedelta

from backend.domain.customer.numbers import is_insured_number
from backend.domain.customer.search import words
from backend.domain.customer.values import Values

MEN = """
    Jan Jiří Petr Josef Pavel Martin Tomáš Jaroslav Miroslav Zdeněk Václav Michal František Jakub Milan Karel Lukáš
    David Vladimír Ladislav Ondřej Roman Stanislav Marek Radek Daniel Antonín Vojtěch Filip Adam Matěj Miloslav
    Řehoř Ota Šimon Kryštof
""".split()
WOMEN = """
    Jana Marie Eva Hana Anna Lenka Kateřina Lucie Věra Alena Petra Veronika Jaroslava Tereza Martina Michaela Jitka
    Helena Ludmila Zdeňka Ivana Monika Eliška Zuzana Markéta Jarmila Barbora Jiřina Marcela Kristýna Božena Růžena
    Žofie Šárka Dagmar Adéla
""".split()
SURNAMES = """
    Novák Svoboda Novotný Dvořák Černý Procházka Kučera Veselý Horák Němec Marek Pospíšil Pokorný Hájek Král Jelínek
    Růžička Beneš Fiala Sedláček Doležal Zeman Kolář Navrátil Čermák Vaněk Urban Blažek Kříž Kovář Kratochvíl Bartoš
    Vlček Polák Musil Kopecký Šimek Konečný Malý Čech Staněk Štěpánek Holub Dostál Soukup Šťastný Mareš Sýkora
    Moravec Tichý Valenta Vávra Matoušek Říha Bláha Ševčík Bureš Hruška Mašek Pavlík Dušek Janda Hrubý Švec Toman
    Vacek Vondráček Řezníček
""".split()
FIRST = """
    Ba Bo Ce Do Fu Ha Hle Ka Kle Ko Kra La Le Ma Mi No Pa Pe Po Ra Ro Sa Sla Sto Tu Va Vo Za Zel Žá Šta Čá
""".split()
MIDDLE = """
    ba be bo ča de do ha ho ja ka ko la le li ma me mi na ne no pe ra ro ře sa so ta te va ve za ži
""".split()
LAST = """
    ček ník ák ík ec ý a oň eš iš ura ata
""".split()
CITIES = """
    Praha Brno Ostrava Plzeň Liberec Olomouc Zlín Pardubice Havířov Kladno Most Opava Karviná Jihlava Teplice Děčín
    Karlovy_Vary Chomutov Jablonec Přerov Prostějov Mladá_Boleslav Třebíč Znojmo Trutnov
""".split()


class People:
    """A made-up population: common surnames are common, rare ones are many."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        rare = {"".join(x) for x in itertools.product(FIRST, MIDDLE, LAST)}
        self.rare = sorted(chance.sample(sorted(rare), min(9000, len(rare))))
        self.common = SURNAMES
        self.weights = [1 / (n + 3) for n in range(len(SURNAMES))]

    def surname(self, woman: bool) -> str:
        if self.chance.random() < 0.35:
            found = self.chance.choices(self.common, self.weights)[0]
        else:
            found = self.chance.choice(self.rare)
        if not woman:
            return found
        return f"{found[:-1]}á" if found[-1] in "ýa" else f"{found}ová"

    def born(self) -> date:
        return date(1935, 1, 1) + timedelta(days=self.chance.randrange(32_000))

    def insured(self, born: date, woman: bool) -> str:
        month = born.month + (50 if woman else 0)
        head = f"{born.year % 100:02}{month:02}{born.day:02}"
        if born.year < 1954:
            return f"{head}{self.chance.randrange(1000):03}"
        start = int(f"{head}{self.chance.randrange(1000):03}0")
        return next((str(n).zfill(10) for n in range(start, start + 10) if is_insured_number(str(n).zfill(10))), "")

    def one(self, id: int) -> Values:
        chance = self.chance
        woman = chance.random() < 0.5
        born = self.born()
        first, surname = chance.choice(WOMEN if woman else MEN), self.surname(woman)
        values: dict = {
            "first_name": first,
            "surname": surname,
            "birth_date": born.isoformat(),
            "insured_number": self.insured(born, woman),
            "mobile": (f"+4206{chance.randrange(10**8):08}",),
            "street": f"{surname} {chance.randrange(1, 200)}",
            "city": chance.choice(CITIES).replace("_", " "),
            "status": "vip" if chance.random() < 0.02 else "standard",
            "icis_id": f"ICIS-{id:07}",
        }
        if chance.random() < 0.6:
            values["email"] = (f"{words(surname)[0]}.{id}@example.cz",)
        return {key: value for key, value in values.items() if value}
