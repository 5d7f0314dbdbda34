"""Sentences as people type them, with names marked: made of frames and lists of names.

News and encyclopaedias introduce their persons; in a chat "Priya loves momos" is all there is.
The columns that this prints (token, tag; IOB2) are ``benchmarks/recipes/chat.tsv``, one of ner-en's
sources.

    python benchmarks/chat_sentences.py > benchmarks/recipes/chat.tsv
"""

from __future__ import annotations

import random
import re

SENTENCES = 3000
SEED = 20

FIRST = """
Aarav Aditi Anil Anita Arjun Deepa Divya Gopal Ishaan Kavita Kiran Lakshmi Manoj Neha Nikhil Pooja Priya Rahul Rajesh
Rani Ravi Rohan Sanjay Shreya Sneha Sunita Suresh Tanvi Vikram Vivek Abdul Aisha Ali Amina Bilal Fatima Hamza Hassan
Ibrahim Imran Karim Khadija Layla Mahmoud Mariam Nadia Omar Rashid Salma Samir Tariq Yusuf Zainab Chen Hiroshi Jin
Kenji Li Mei Minh Naoko Sakura Takeshi Wei Xiu Yuki Abena Adaeze Amara Chidi Emeka Femi Kofi Kwame Ngozi Nia Oluwaseun
Sipho Thabo Zola Alejandro Camila Carlos Diego Elena Esteban Gabriela Javier Jose Luis Lucia Mateo Pablo Rosa Santiago
Sofia Anya Boris Dmitri Igor Ivan Katya Mikhail Natasha Olga Sergei Svetlana Vladimir Agnes Anders Astrid Bjorn Elke
Freya Giulia Hans Heidi Ingrid Jan Jurgen Klaus Lars Luca Marco Matteo Nils Pierre Sven Amy Ben Brian Chloe Claire
Dan Dave Emily Emma Eve Frank Gary George Grace Greg Hannah Jack Jake Jane Jason Jenny Jess Jim Joe John Josh Karen
Kate Kevin Laura Liam Linda Lisa Lucy Luke Mark Mary Matt Mia Mike Molly Nancy Nick Nina Olivia Oscar Paul Peter Phil
Rachel Rick Rob Ruth Sally Sam Sara Sean Steve Sue Tina Tom Tony Zoe
"""
LAST = """
Agarwal Banerjee Chopra Desai Gupta Iyer Joshi Kapoor Khan Kumar Mehta Nair Patel Rao Reddy Shah Sharma Singh Verma
Adeyemi Okafor Mensah Diallo Nkosi Abebe Haddad Nasser Aziz Rahman Chowdhury Tanaka Suzuki Yamamoto Nguyen Tran Zhang
Wang Kim Park Garcia Martinez Lopez Hernandez Silva Santos Costa Rossi Bianchi Ferrari Muller Schmidt Weber Fischer
Larsen Nilsson Kowalski Novak Petrov Ivanova Popov Smith Jones Brown Taylor Wilson Davies Evans Walker Hall Green Baker
Clarke Murphy Kelly Ryan Cohen Levy
"""
HEROES = """
Batman|Superman|Spiderman|Spider-Man|Wolverine|Thor|Captain Marvel|Black Widow|Doctor Strange|Deadpool|Joker|Catwoman|
Wonder Woman|Aquaman|Flash|Robin|Darth Vader|Luke Skywalker|Princess Leia|Han Solo|Chewbacca|Obi-Wan|Gandalf|Frodo|Bilbo|
Legolas|Aragorn|Gollum|Sauron|Dumbledore|Hagrid|Draco Malfoy|Ron Weasley|Snape|Voldemort|Sherlock Holmes|Dr. Watson|
James Bond|Indiana Jones|Shrek|Donkey Kong|Mario|Luigi|Princess Peach|Pikachu|Sonic|Godzilla|King Kong|Dracula|
Frankenstein|Peter Pan|Captain Hook|Tinkerbell|Cinderella|Snow White|Rapunzel|Mulan|Simba|Nemo|Elsa|Olaf|Goku|Naruto|
Homer Simpson|Bart|Scooby Doo|Tom Sawyer|Robin Hood|Zorro|Tarzan|Mowgli|Rambo|Rocky|Terminator|Katniss|Geralt|Lara Croft
"""
PLACES = """
India|China|Japan|Kenya|Brazil|France|Germany|Spain|Italy|Egypt|Nepal|Norway|Mexico|Canada|Australia|Nigeria|Ghana|
London|Paris|Delhi|Mumbai|Dhaka|Lagos|Cairo|Tokyo|Berlin|Rome|Madrid|New York|Los Angeles|San Francisco|Texas|Sydney|
Bangalore|Karachi|Nairobi|Cape Town|Singapore|Hong Kong|Dubai|Toronto|Chicago|Boston|Goa|Bali
"""
GROUPS = """
Google|Apple|Amazon|Samsung|Sony|Toyota|Nike|Netflix|Tesla|IBM|Intel|Nokia|Uber|Starbucks|McDonald's|Walmart|BBC|NASA|
Barcelona FC|Real Madrid|Manchester United|Chelsea|Harvard|Oxford University|the Red Cross|Spotify|PayPal|Adobe|Infosys|Tata
"""
DAYS = """
yesterday|today|tomorrow|last night|on Monday|on Friday|next week|last year|this morning|in 2019|in May|at 5 pm|two days ago
"""
THINGS = """
pizza|momos|cricket|football|chess|the movie|that song|mangoes|coffee|tea|ice cream|chocolate|cats|dogs|my phone|the match|
homework|math|rain|winter|the new game|spicy food|the beach|biryani|noodles|the answer|nothing|everything|a cake|the car
"""
ACTS = """
loves|hates|likes|misses|knows|called|met|saw|kissed|married|hugged|followed|helped|blamed|trusts|ignored|texted|beat|
fought|admires|punched|kicked|scared|taught|thanked|visited|pushed|chased|hit|slapped|tricked|defeated|saved|killed
"""
FRAMES = """
P A P|P loves T|P and P are here|P told P that T is ready|P asked P about T|P gave T to P|P bought T|P is my friend
my name is P|i am P|I'm P , nice to meet you|hi P , how are you ?|hey P !|thanks P|ok P see you D|P , P and P went to L
P lives in L|P went to L D|P is from L|L is great|L is beautiful in winter|L won the match|we lost to L D|G is good
G is great|G is hiring|i work at G|P works for G|P works at G in L|G opened a store in L D|G fired P|P joined G D
i love L|i love P|i miss L|who is P ?|where is P ?|have you seen P ?|P said T is bad|P says hello|P sent me T D
D P A P|D , P A P|P 's brother A P|P punched P in the face|P jumped on P 's back|P stole P 's T|P ate P 's T
P sat on P 's chair|P called P 's mother|P is better than P|P vs P|P lol|poor P|P !|so P A P again ?|why did P leave L ?
P wants T from P|P cooks T for P|P and P love T|i think P likes T|i told P to bring T D|can P come D ?|did P call D ?
little P loves T|baby P A P|old P hates T|uncle P is here|P the cat A P|T is on the table|T is delivered|i want T D
pizza is delivered|he loves T|she told him that T is cold|they like T|nobody likes T|we need T D|T and T , please|T is life
good morning|see you D|i am so tired D|what time is it ?|the boss hates T|my brother loves T|the dog ate T|T was great
P A little P|P A baby P|P A old P D|P A big P|P A his little P|P told P that the boss hates T|P A P because of T|P A P and P A P|P is great|P is the best|P won D|meet P at T D
"""


def _items(text: str) -> list[str]:
    return [item.strip() for item in re.split(r"\|", " ".join(text.split())) if item.strip()]


def person(chance: random.Random) -> str:
    """A first name, sometimes with a last one, or somebody out of a story."""
    drawn = chance.random()
    if drawn < 0.2:
        return chance.choice(_items(HEROES))
    first = chance.choice(FIRST.split())
    return f"{first} {chance.choice(LAST.split())}" if drawn > 0.85 else first


def sentence(chance: random.Random) -> list[tuple[str, str]]:
    """(token, tag) of a sentence made of a frame; sometimes all in lower case."""
    frame = chance.choice([part.strip() for line in FRAMES.strip().split("\n") for part in line.split("|")])
    names = {"P": "person", "L": "location", "G": "organisation", "D": "time"}
    lists = {"L": PLACES, "G": GROUPS, "D": DAYS, "T": THINGS, "A": ACTS}
    tokens: list[tuple[str, str]] = []
    for word in frame.split():
        if word not in ("P", "L", "G", "D", "T", "A"):
            tokens.append((word, "O"))
            continue
        drawn = person(chance) if word == "P" else chance.choice(_items(lists[word]))
        parts = drawn.replace("'s", " 's" if word == "T" else "'s").split()
        inside = False
        for part in parts:
            # "on Monday": the preposition is no part of the time; nor "the" of a name
            if word not in names or (not inside and part in ("on", "in", "at", "the")):
                tokens.append((part, "O"))
            else:
                tokens.append((part, ("I-" if inside else "B-") + names[word]))
                inside = True
    if chance.random() < 0.5:
        tokens[0] = (tokens[0][0][:1].upper() + tokens[0][0][1:], tokens[0][1])
    if chance.random() < 0.25:
        tokens = [(token.lower(), tag) for token, tag in tokens]
    elif chance.random() < 0.1:
        kept = chance.random()
        tokens = [(token if tag == "O" or kept < 0.3 else token.lower(), tag) for token, tag in tokens]
    if chance.random() < 0.4 and tokens[-1][0] not in "?!.":
        tokens.append((chance.choice([".", ".", "!", ":)", "..."]), "O"))
    return tokens


def main() -> None:
    chance = random.Random(SEED)
    seen = set()
    while len(seen) < SENTENCES:
        made = tuple(sentence(chance))
        if made not in seen:
            seen.add(made)
            print("".join(f"{token}\t{tag}\n" for token, tag in made))


if __name__ == "__main__":
    main()
