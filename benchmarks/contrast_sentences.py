"""Short opinions in contrast, for sentiment-en: frames times what people say of things.

A model that has read long reviews knows "good" and "broken"; it does not know that "not once did it let me
down" is praise. The rows that this prints (stars, kind, text) are made so that no frame, thing or word gives the
stars away: things, faults and praises go into every frame that can hold them, and nearly every frame has a twin of
the other sign. A frame is a line of text; ``[a|b]`` is one of several, ``{slot}`` is filled out of the trade that the
row is about. Questions, statements of fact and letters' greetings have three stars; their kind says so.

    python benchmarks/contrast_sentences.py > benchmarks/recipes/contrast.tsv
    python benchmarks/contrast_sentences.py --check     # no row of examples/challenge.jsonl is in training
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path

SEED = 8
HERE = Path(__file__).resolve().parent
TRAINING = HERE / "recipes" / "contrast.tsv"
CHALLENGE = HERE.parent / "examples" / "challenge.jsonl"

# Rows of each kind; a kind with few frames gives fewer.
COUNTS = {
    "negation": 1350,
    "negated_word": 750,
    "litotes": 450,
    "concession": 950,
    "mild_praise": 400,
    "plain_blame": 400,
    "not_only": 250,
    "rating": 480,
    "question": 430,
    "fact": 400,
    "mail": 260,
    "middling": 220,
    "grade": 150,
    "comparison": 450,
    "expectation": 350,
    "wish": 350,
    "before_after": 350,
    "sarcasm": 400,
    "service": 300,
    "typos": 350,
    "slang": 250,
    "emoji": 300,
    "capitals": 200,
    "no_punctuation": 250,
    "one_word": 130,
}

# What each trade says. "core" clauses decide about the whole, "side" ones (topic: ...) are about a part of it.
TRADES = """
# gadget
n: kettle|fan|toaster|heater|vacuum cleaner|desk lamp|speaker|printer|shaver|blender|radio|drill|coffee machine|hair dryer|router|doorbell|alarm clock|dishwasher|microwave
ga: reliable|sturdy|quiet|easy to use|handy|well made|solid|quick|powerful|practical
ba: unreliable|flimsy|noisy|awkward to use|clumsy|badly made|wobbly|slow|weak|fragile
again: buy it again|order another one|buy one for my mother
ing: buying it|ordering it|paying for it
span: two weeks|six months|a year|ten days|four years|a month
intro: Bought this for my mum in March.|I ordered one in November.|This was a present from my sister.|We have had it in the kitchen since June.|Picked it up in the sales.|Got the white one.
fact: it comes with a two-metre cable|it weighs just under two kilos|the plug is the British kind|it is sold in black, white and red|the box holds the {n} and a booklet in six languages|the serial number is on the underside|the filter is changed every six months|it draws 900 watts
q: Does the {n} come with a plug for Switzerland?|How long is the cable?|Can it be left on overnight?|Is the {n} loud?|Has anybody tried the smaller {n}?|Where do I find spare parts for this {n}?|Why does the red light blink?
c+: it has run every day since without a hiccup|it does exactly what it says on the box|it worked straight out of the box|it is still going strong after two years|it does its job and I never have to think about it|we use it every single day|it started first time and has done so ever since|it works like new after all this time|my parents have ordered one as well|it just works
c-: it stopped working after a fortnight|it was broken when I opened the box|it died on the third day|it never switched on, not even once|it smells of burning when it is on|it went back to the shop the same day|it cuts out every few minutes|it is in the bin now|we had to buy a different one|it gave my wife an electric shock
price+: it cost half of what the others cost|it was cheap|the price is fair
price-: it was expensive|it costs far too much|it cost twice what the others cost
look+: it looks smart on the shelf|the colour is lovely
look-: it looks cheap|the colour is ugly
noise+: you can hardly hear it|it runs quietly
noise-: it makes a racket|it hums all night
manual+: the instructions are clear|setting it up took two minutes
manual-: the instructions make no sense|setting it up took all afternoon
lid+: the lid fits well|the buttons feel solid|the switch is easy to reach
lid-: the lid came in two pieces|the buttons stick|the switch fell off
# wear
n: jacket|coat|backpack|dress|jumper|raincoat|shirt|hat|handbag|scarf|suit|watch strap|belt
ga: comfortable|warm|soft|well made|flattering|stylish|durable|light|elegant
ba: uncomfortable|thin|scratchy|badly made|shapeless|shabby|flimsy|heavy|ugly
again: buy it again|get it in blue too|order from them again
ing: buying it|ordering it|choosing it
span: one wash|two winters|a week|three months|a season
intro: I ordered a medium.|Bought for a wedding in May.|My daughter wears it to school.|Ordered in dark green.|I am 1.75 m tall and take a size 40.|This is my second one from this shop.
fact: it is made of 60 percent cotton and 40 percent polyester|it comes in sizes 36 to 46|the label says to wash it at 30 degrees|it has four pockets, two of them inside|it was made in Portugal|the sleeves have two buttons each|the model in the picture wears a small|it folds into its own pocket
q: Does the {n} come in grey?|Can it go in the dryer?|Is the {n} waterproof?|Which size should I take if I am between two?|Is it real leather?|Will the blue one be back in stock?
c+: it fits as if it was made for me|I wear it all the time|I get compliments whenever I have it on|it still looks new after dozens of washes|it kept me dry in a downpour|it has become my favourite|I live in it|it survived three weeks of hiking
c-: it fell apart in the first wash|it shrank to the size of a doll's|the seams came undone within a week|it let the rain straight through|I sent it back the next day|I have not worn it since|it ripped the first time I sat down|it went straight to the charity shop
price+: it was a bargain|it cost next to nothing
price-: it was pricey|it is expensive for what it is
colour+: the colour is just like in the picture|the colour is gorgeous
colour-: the colour is nothing like the picture|the colour ran
size+: the size is spot on|the sleeves are just the right length
size-: it comes up small|the sleeves are too long
zip+: the zip runs smoothly|the pockets are deep
zip-: the zip sticks|the pockets are tiny
smell+: the fabric feels lovely|it smells of nothing but cotton
smell-: it smells of chemicals|the fabric feels like plastic
# home
n: chair|desk|mattress|bookcase|sofa|tent|wardrobe|pillow|garden bench|bed frame|side table|cot|rug
ga: comfortable|sturdy|solid|well made|pretty|stable|soft|practical
ba: uncomfortable|wobbly|flimsy|badly made|ugly|unstable|hard|impractical
again: buy it again|order a second one|buy from this shop again
ing: buying it|ordering it|having it at home
span: two weeks|six months|a year|five years|one night|a month
intro: It is for our spare room.|We needed something for the balcony.|I ordered it online in spring.|Two of us put it together on Sunday.|It stands next to the window now.|Bought it when we moved.
fact: it is 80 cm wide and 120 cm high|it comes in a flat box of 22 kilos|eight screws and a key are in the bag|it is made of beech and steel|it is sold in oak and in white|the cover comes off for washing|the legs are 15 cm high|it carries up to 120 kilos
q: How wide is the {n}?|Does it come assembled?|Will it fit through a door of 70 cm?|Is the {n} suitable for children?|Can I order the legs separately?|Who brings it up to the third floor?
c+: it is as solid as a rock|it has been in use every day for three years|our guests always ask where we got it|it makes the whole room|I have slept like a baby since|even the cat loves it|it has not moved an inch|my back has stopped hurting
c-: it collapsed under my father|one leg snapped off in the first week|it arrived cracked from end to end|it sags in the middle already|my back has hurt ever since|it had to go to the tip|it wobbles whatever we do|half of the screws were missing
price+: it was good value|it cost less than the one next to it
price-: it was dear|it cost a small fortune
build+: it went together in ten minutes|the holes all lined up
build-: it took three evenings to build|none of the holes lined up
look+: it looks better than in the pictures|the wood has a beautiful grain
look-: it looks nothing like the pictures|the paint is chipped
smell+: there was no smell at all|it was well packed
smell-: it stank of glue for weeks|it was badly packed
# food
n: soup|curry|pizza|cake|sandwich|burger|pasta|fish pie|salad|breakfast|stew|risotto|pie|cheese|loaf|yoghurt
ga: tasty|fresh|filling|delicious|hot|well seasoned|crisp|moreish
ba: bland|stale|greasy|disgusting|lukewarm|oversalted|soggy|dry
again: order it again|eat it again|have it again
ing: ordering it|trying it|eating it
span: one bite|two spoonfuls|the first mouthful
intro: I had it for lunch on Tuesday.|We ordered it for four.|My husband took the same.|It was the dish of the day.|I got it from the deli on the corner.|We shared it.
fact: it contains nuts and milk|it is served with rice or bread|it keeps for three days in the fridge|one portion has 450 calories|it is made with lentils, carrots and cumin|the small size feeds two|it comes frozen in a box of four|the label says best before May
q: Is the {n} vegan?|Does it contain nuts?|How long does it keep?|Can I freeze the {n}?|Is it very spicy?|What do you serve with it?
c+: I cleared my plate and wanted more|it was cooked to perfection|it tasted like my grandmother's|the children asked for seconds|I could eat it every day|there was not a crumb left|it melts in the mouth|I dreamt of it that night
c-: it tasted of nothing|I had to leave most of it|it made all three of us ill|it was raw in the middle|I fed it to the dog, and even he walked away|there was a hair in it|it was burnt to a crisp|I threw it away after two bites
price+: it was cheap|it was good value for money
price-: it was overpriced|it was not cheap
size+: the portion was huge|there was plenty of it
size-: the portion was tiny|there was hardly any of it
look+: it looked like a picture|it smelled wonderful
look-: it looked a mess|it smelled odd
wait+: it was on the table in ten minutes|it came piping hot
wait-: it took an hour to come|it came lukewarm
# restaurant
n: restaurant|café|diner|bistro|pub|bakery|bar|canteen|tea room|pizzeria|steakhouse
ga: cosy|friendly|clean|welcoming|charming|lively|pleasant|relaxed
ba: gloomy|unfriendly|dirty|unwelcoming|charmless|dead|cramped|chaotic
again: eat here again|come back|take my family there
ing: going|eating here|booking a table
span: one visit|three visits|ten minutes
intro: We came on a Friday with six people.|It was our anniversary.|I had lunch here on the way to Leeds.|We booked a table for eight o'clock.|A colleague took me there.|It was half empty when we came.
fact: it opens at noon and closes at ten|it is closed on Mondays|there are about thirty seats and a terrace|it is next to the station, opposite the bank|the menu changes on the first of the month|they take cards and cash|dogs may come in|the kitchen closes at nine
q: Do I need to book a table?|Is the {n} open on Sundays?|Do they have a children's menu?|Is there parking near the {n}?|Can one sit outside?|What is the dress code at this {n}?
c+: we had the best meal in years|we will be back next week|everybody at our table was delighted|every course was a joy|they remembered our names the second time|we stayed until they closed because we liked it so much|it has become our regular haunt|I took my boss there and she was impressed
c-: we left hungry|we walked out before the main course|two of us were ill the next day|the chicken was still pink|the food came cold, and twice|they lost our booking and shrugged|there was a cockroach by the bar|we waited an hour and then went home
price+: the bill was a pleasant surprise|it is cheap for this part of town
price-: it is expensive|the bill made us gasp
staff+: the waiters are lovely|the waitress was kind to our children
staff-: the waiters are rude|the waitress rolled her eyes at us
place+: the view is stunning|the garden is pretty
place-: the view is of a car park|the garden is full of cigarette ends
noise+: it is quiet enough to talk|the music is good
noise-: it is so loud that you cannot talk|the music is awful
wait+: the food came quickly|we got a table at once
wait-: the food took ages|we queued in the rain
# hotel
n: hotel|hostel|guest house|campsite|holiday flat|resort|motel|inn|lodge|B&B
ga: clean|quiet|comfortable|charming|spacious|cosy|friendly|spotless
ba: dirty|noisy|uncomfortable|charmless|cramped|damp|unfriendly|run-down
again: stay here again|come back|book it again
ing: booking it|staying here|going
span: one night|three nights|a week|five minutes
intro: We stayed three nights in May.|I was there on business.|We were two adults and two children.|Room 214, facing the street.|It was our first holiday since the baby.|We booked through a website.
fact: breakfast is from seven to ten|check-in is at three|it has 48 rooms on four floors|the airport is 12 km away|there is a lift and a car park|towels are changed every second day|the reception is on the first floor|the city tax is paid on arrival
q: Is breakfast included?|Does the {n} have a lift?|How far is the {n} from the beach?|Can we leave our bags after check-out?|Are pets allowed?|Is there a fridge in the room?
c+: we slept like logs|we have already booked for next year|we did not want to leave|it felt like home from the first minute|they upgraded us without being asked|it was the best part of our holiday|everything was just as in the pictures|we added two nights
c-: there were bedbugs|we checked out after one night|the room had not been cleaned|there was mould all over the ceiling|nobody was at the reception when we came at nine|they gave our room away|we slept in the car in the end|somebody else's towels lay on the floor
price+: it was cheap|it was worth the money
price-: it was expensive|they charged extra for everything
bed+: the bed was soft|the pillows were heavenly
bed-: the bed was like a plank|the pillows were like bricks
food+: breakfast was plentiful|the coffee was good
food-: breakfast was a roll and some jam|the coffee was undrinkable
wifi+: the wifi was fast|the shower was hot
wifi-: the wifi never worked|the shower was cold
place+: it is right by the sea|it is close to everything
place-: it is miles from anywhere|it is next to a motorway
# software
n: app|program|website|plugin|browser|spreadsheet|photo editor|mail program|calendar|password manager|map app|banking app
ga: fast|intuitive|stable|useful|reliable|simple|clever|well designed
ba: slow|confusing|buggy|useless|unreliable|bloated|clumsy|badly designed
again: install it again|pay for it again|use it for my next project
ing: installing it|paying for it|switching to it
span: two days|a week|five minutes|a month|three years
intro: I use it at work.|Installed it on my tablet last week.|My brother told me about it.|I have version 4.2.|We use it for the school's timetable.|Running it on an old laptop.
fact: it needs Android 9 or newer|the download is 84 MB|it is available in 14 languages|the settings are under the three dots|the free version shows ads|version 3 came out in October|it stores its files in the home folder|the licence is for two computers
q: Does the {n} run on Linux?|How do I export my data?|Is there a dark mode?|Can two people use the {n} at once?|Why does the {n} ask for my location?|Where are the backups kept?
c+: it saves me hours every week|it has not crashed once|I would be lost without it|it does what I need and nothing else|I open it every morning|the whole office uses it now|it found files that I thought were gone|I got the hang of it in minutes
c-: it crashes whenever I open it|it deleted all my photos|I cannot even log in|it ate a day's work|it freezes on the first screen|it took my money and did nothing|I uninstalled it within the hour|it logs me out every five minutes
price+: it is free|the price is fair
price-: it is expensive|they want money for every little thing
look+: it looks clean|the icons are pretty
look-: it looks like 1995|the icons are tiny
ads+: there are no ads|it leaves my data alone
ads-: it is full of ads|it wants to know everything about me
help+: support answered within the hour|the help pages are clear
help-: support never answered|the help pages are out of date
speed+: it loads in a second|it hardly uses the battery
speed-: it takes ages to load|it drains the battery
# transport
n: bus|train|flight|ferry|taxi|airline|tram|night train|cable car|coach|shuttle
ga: punctual|clean|comfortable|quick|cheap|safe|quiet|reliable
ba: late|dirty|uncomfortable|slow|overpriced|dangerous|overcrowded|unreliable
again: take it again|use it again|book it again
ing: booking it|taking it|choosing it
span: ten minutes|two trips|three trips|a year
intro: We were going to Vienna.|I take it to work.|It was a Sunday in August.|We had two suitcases and a pram.|I booked it in April.|We travelled with my grandmother.
fact: it leaves at 7.42 from platform 3|a day ticket is valid until midnight|the trip takes two hours and ten minutes|bicycles need a ticket of their own|it stops at the hospital and at the market|seats can be booked online|it runs every twenty minutes on weekdays|each passenger may bring one case
q: When does the {n} leave?|Is there a toilet on board?|Can I take a bike?|Where do I buy a ticket?|Does it stop at the airport?|How early should we be there?
c+: it was on time to the minute|we got there earlier than planned|I slept all the way|the journey was a pleasure from start to finish|I take it every week and have yet to be late|we would travel this way any time|it got us home safe through the snow|they found my lost bag within the hour
c-: it left without us|it was cancelled an hour before we were to leave|we missed our connection|they lost both of our suitcases|we stood for four hours|it broke down in the middle of nowhere|it never came|I was late for work three times in a week
price+: the tickets were cheap|the fare is fair
price-: the tickets were expensive|they charge for every bag
seat+: the seats were wide|there was plenty of legroom
seat-: the seats were hard|there was no legroom
clean+: it was spotless|the toilets were clean
clean-: it was filthy|the toilets were blocked
staff+: the crew was charming|the driver helped with our bags
staff-: the crew was grumpy|the driver shouted at us
wifi+: the wifi worked|it was nice and quiet
wifi-: the wifi did not work|it was unbearably hot
# medicine
n: cream|ointment|cough syrup|nasal spray|painkiller|treatment|eye ointment|sleeping pill|toothpaste|shampoo|inhaler|plaster
ga: effective|gentle|mild|fast-acting|pleasant|soothing|helpful
ba: useless|harsh|sticky|slow to work|unpleasant|irritating|ineffective
again: use it again|ask for it again|take it again
ing: taking it|trying it|using it
span: two days|a week|three weeks|a month|one night
intro: My doctor prescribed it for hay fever.|I have had eczema since I was a child.|I took it for ten days.|My son is four.|The pharmacist suggested it.|I have used it since January.
fact: it is taken twice a day with water|the tube holds 50 ml|it is kept in the fridge|it is for adults and children over twelve|it contains no sugar|the leaflet lists the ingredients|a prescription is needed in most countries|the pack has 20 doses
q: Can I take it with alcohol?|Is the {n} safe for children?|How often should it be used?|Do I need a prescription for the {n}?|Should it be kept in the fridge?|What if I forget a dose?
c+: the pain was gone by the evening|it cleared up within days|I can sleep again|it gave me my life back|my skin has not been this good in years|it helped at once|my doctor was amazed|I have not had a single attack since
c-: it did nothing at all|it made me feel worse|I came out in a rash|I was sick all night|I might as well have taken sugar|the itching got worse by the day|I ended up in hospital|I stopped after two days because of the headaches
price+: it costs very little|it lasts for months
price-: it is expensive|it is gone within a week
taste+: it has a pleasant smell|it tastes of cherries
taste-: it smells awful|it tastes revolting
use+: it is easy to apply|the bottle is handy
use-: it is a mess to apply|the bottle leaks
side+: I had no side effects|it does not sting
side-: it made me drowsy|it stings a little
# film
n: film|movie|series|documentary|play|musical|thriller|comedy|concert|cartoon|horror film|show
ga: gripping|funny|clever|moving|original|exciting|entertaining|believable
ba: boring|unfunny|stupid|dull|predictable|tedious|silly|unbelievable
again: watch it again|see it again|sit through it again
ing: seeing it|watching it|buying a ticket
span: ten minutes|half an hour|twenty minutes
intro: We saw it on Saturday.|It was on television last night.|I went with my teenage son.|My sister chose it.|I had read nothing about it.|The cinema was half full.
fact: it is 104 minutes long|it was shot in Iceland and Canada|it is in Danish with subtitles|it starts at eight on the second channel|the director also wrote it|it came out in 1998|it is based on a novel of the same name|the second part comes out in spring
q: Is it suitable for a ten-year-old?|Who wrote the music?|How long is the {n}?|Is the {n} based on a book?|Where was it filmed?|Does it have subtitles?
c+: I was on the edge of my seat|I laughed until I cried|the two hours flew by|I have thought of it every day since|we clapped at the end|I went to see it a second time|it made me cry, and I never cry|nobody in the room made a sound
c-: I fell asleep|we left at the interval|I kept looking at my watch|I want those two hours back|half the audience walked out|it has no story to speak of|it made no sense from start to finish|I switched it off
cast+: the acting is superb|the lead is perfect for her part
cast-: the acting is wooden|the lead cannot act
music+: the music is beautiful|the songs are catchy
music-: the music is grating|the songs are forgettable
look+: it looks gorgeous|the costumes are stunning
look-: it looks cheap|the effects are laughable
end+: the ending is perfect|the last scene is clever
end-: the ending is a let-down|the last scene is daft
length+: it is nice and short|it starts well
length-: it is half an hour too long|it takes a while to get going
# book
n: book|novel|biography|cookbook|travel guide|crime story|textbook|poetry collection|memoir|comic|history book
ga: gripping|well written|witty|useful|clear|original|touching|readable
ba: boring|badly written|humourless|useless|muddled|predictable|shallow|unreadable
again: read it again|buy it again|read anything else by her
ing: reading it|buying it|picking it up
span: fifty pages|two chapters|ten pages|one evening
intro: I read it on holiday.|It was our book club's choice for June.|My aunt gave it to me.|I borrowed it from the library.|I needed it for my course.|Read on a long flight.
fact: it has 312 pages and a map|it was first published in 1974|it is the second of three volumes|the author lives in Dublin|it has twelve chapters and an index|it was translated from the Swedish|the paperback comes out in March|the last part holds the notes
q: Is the {n} part of a series?|How many pages does it have?|Is there an audio version?|Who did the translation?|Can it be read without the first part?|What age is the {n} for?
c+: I could not put it down|I read it in one night|I have given it to all my friends|it changed how I see the world|I was sad when it ended|I have read it three times now|every page is a delight|I missed my stop because of it
c-: I gave up halfway|I could not finish it|it put me to sleep|I had to force myself through every page|it went straight to the charity shop|I was glad when it was over|it is full of mistakes|nothing happens for 300 pages
price+: it is cheap for its size|it is worth its price
price-: it is expensive|it costs too much for a paperback
plot+: the plot is clever|the story moves along
plot-: the plot is thin|the story drags
people+: the characters feel real|the dialogue sparkles
people-: the characters are cardboard|the dialogue is stiff
print+: the pictures are beautiful|the print is clear
print-: the pictures are blurred|the print is tiny
end+: the ending surprised me|the last chapter is the best
end-: the ending is silly|the last chapter is a mess
# person
n: plumber|dentist|waiter|teacher|guide|electrician|mechanic|nurse|hairdresser|driver|doctor|lawyer|estate agent|receptionist|trainer|builder
ga: polite|patient|careful|hard-working|helpful|honest|friendly|competent
ba: rude|impatient|careless|lazy|unhelpful|dishonest|unfriendly|incompetent
again: book {him} again|go to {him} again|ask for {him} again
ing: calling {him}|going to {him}|trusting {him}
span: one visit|two visits|five minutes|an hour
intro: A neighbour gave me the number.|I called on a Monday.|It was about a small repair.|I had an appointment at ten.|I was there with my daughter.|I found the number online.
fact: {he} works on Tuesdays and Thursdays|{his} number is on the door|{he} has been in this town since 2015|{he} speaks Polish and English|{he} takes cash only|appointments are made by telephone|{his} office is on the second floor|a first visit takes about an hour
q: Does the {n} work on Saturdays?|How do I get an appointment?|What does the {n} charge for an hour?|Does {he} speak French?|Is the {n} on holiday this week?|Who stands in when {he} is away?
c+: {he} had it sorted in no time|{he} took all the time we needed|{he} went out of {his} way to help|{he} explained everything twice without a sigh|{he} came within the hour|I would trust {him} with my house keys|{he} rang the next day to ask how things were|I have never been in better hands
c-: {he} never turned up|{he} made it worse than before|{he} did not listen to a word I said|{he} left the place in a mess|{he} talked on the phone all the time|{he} laughed at my question|{he} sent a bill for work that was never done|I had to call somebody else to put it right
price+: {he} charges a fair price|{he} took less than {he} had said
price-: {he} is expensive|{he} took more than {he} had said
time+: {he} was on time|{he} was done in half an hour
time-: {he} was an hour late|{he} took all day
tone+: {he} has a nice manner|{he} is always in a good mood
tone-: {he} is a bit gruff|{he} hardly says hello
# delivery
n: delivery|parcel|order|package|shipment|online shop|courier service|grocery delivery
ga: fast|punctual|complete|well packed|free|smooth|reliable
ba: slow|late|incomplete|badly packed|overpriced|chaotic|unreliable
again: order here again|use them again|shop there again
ing: ordering here|using them|choosing them
span: two orders|one order|three weeks|five days
intro: I ordered on the 3rd.|It was a birthday present.|It was for my office.|I chose the ordinary post.|I live on an island.|It was a set of six glasses.
fact: the number of the {n} is 48213|it can be picked up at the post office|orders before noon go out the same day|the warehouse is in Rotterdam|a signature is needed|the label is inside the box|returns are possible for 30 days|it weighs 3.2 kg
q: When will the {n} come?|Can I change the address of my {n}?|Who signed for it?|Do you ship to Norway?|Is there a fee for a second try?|How do I send it back?
c+: it was here the next morning|everything was in one piece|a new one came the day after I wrote to them|it came two days early|they replaced the broken one at once|the refund was there within hours|it arrived just in time for the party|all twelve bottles survived the trip
c-: it never arrived|everything in it was smashed|it went to the wrong town|I am still waiting for my refund|they sent the wrong one twice|it lay in the rain for two days|half of it was missing|somebody had opened it and taken things out
price+: the postage was free|the postage was low
price-: the postage was expensive|the postage cost more than the goods
box+: it was neatly packed|there was no needless plastic
box-: the box was crushed|there was far too much plastic
news+: I could follow it all the way|they kept me informed
news-: the tracking never changed|nobody told me anything
driver+: the driver carried it upstairs|the driver was friendly
driver-: the driver left it at the bins|the driver was rude
# office
n: tax office|town hall|passport office|job centre|post office|library|council helpline|embassy|bank branch|clinic|insurance company|phone company
ga: helpful|quick|well organised|friendly|efficient|clear|modern
ba: unhelpful|slow|disorganised|unfriendly|inefficient|confusing|outdated
again: go there again|ask them again|deal with them again
ing: going there|calling them|asking them
span: three calls|two visits|an hour|six weeks|ten minutes
intro: I needed a new passport.|I had moved house.|It was about a form from last year.|I called on Wednesday morning.|I took my mother along.|It was my first time there.
fact: it is open from nine to four|the form has two pages|it takes six weeks by post|a photograph and a birth certificate are needed|the fee is 35 euros|it is on the ground floor, room 12|it is closed on the first Monday of the month|letters go to the address below
q: When does the {n} open?|Which form do I need?|Can this be done by post?|Do I need an appointment at the {n}?|How long does it take?|Where do I pay the fee?
c+: it was all done in ten minutes|they sorted it out with one phone call|somebody rang me back the same day|they found my papers and even made copies|I left with everything that I needed|the letter came two days later, all correct|they walked me through the form line by line|it went without a hitch
c-: nobody picks up the phone|they lost my papers twice|they sent me from desk to desk|my letter was never answered|I waited three hours and was sent home|they closed my case without telling me|they hung up on me|they want the same form for the fourth time
wait+: there was no queue|I was called on time
wait-: the queue went round the block|I had to take a day off
staff+: the woman at the desk was kind|the man on the phone knew his job
staff-: the woman at the desk was curt|the man on the phone knew nothing
place+: the building is bright|there are enough chairs
place-: the building is depressing|there are no chairs
form+: the form is simple|the website is clear
form-: the form is a nightmare|the website is a maze
# work
n: course|workshop|job|internship|training day|seminar|meeting|office|language class|conference|project|night shift
ga: useful|well organised|interesting|varied|well run|worthwhile|inspiring
ba: useless|badly organised|boring|monotonous|badly run|pointless|exhausting
again: sign up again|do it again|send my colleagues there
ing: signing up|going|taking part
span: one week|two days|a month|an hour|a year
intro: My boss sent me.|I started in September.|There were twelve of us.|It was on a Thursday.|I went with two colleagues.|It was my first one.
fact: it starts at half past eight|it takes place in room 3B|twelve people have signed up|lunch is from twelve to one|the slides are on the server|it ends on the 30th of June|we meet every second Tuesday|the fee covers the material
q: Where does the {n} take place?|Who is in charge of the {n}?|Do we need to bring a laptop?|When is the next one?|How many people are in it?|Is there a test at the end?
c+: I learned more than in a year at school|I use what I learned every day|I looked forward to it every morning|everybody pulled together|I got a job out of it|I would do it again tomorrow|it opened doors for me|the time flew
c-: I learned nothing|I counted the minutes|half of us dropped out|it was a waste of a day|nobody knew what we were there for|I was ill with stress by the end|I quit|they read out the slides and that was it
pay+: it was free|the pay is good
pay-: it was expensive|the pay is poor
people+: the people are lovely|the teacher is patient
people-: the people are cold|the teacher is full of himself
room+: the rooms are bright|the lunch was good
room-: the rooms are stuffy|the lunch was a joke
hours+: the hours are good|it is close to home
hours-: the hours are long|it is far from home
# car
n: car|van|scooter|bicycle|e-bike|motorbike|pram|caravan|roof rack|child seat|electric car
ga: reliable|comfortable|safe|economical|roomy|quiet|quick|smooth
ba: unreliable|uncomfortable|unsafe|thirsty|cramped|noisy|sluggish|rusty
again: buy it again|buy one from them again|choose it again
ing: buying it|choosing it|trading my old one for it
span: two months|a year|one winter|three years|a week|ten thousand kilometres
intro: I drive to work every day.|We bought it second-hand in Lyon.|I have had it for a year.|It is our second one.|Bought from a dealer near the airport.|We live in the mountains.
fact: it was built in 2017|it is registered for two people|the key is in the glove box|the insurance is paid until August|the tyres have to be changed in October|the paint is called arctic grey|it is 1.80 m wide|the next inspection is in May
q: How many kilometres has it done?|Does the {n} fit into a small garage?|Where is the spare key for the {n}?|Is it for sale?|What does the insurance cost?|Can two children sit in the back?
c+: it starts every morning, whatever the weather|it has never seen the inside of a garage|it has taken us all over Europe|it still drives like on the first day|it has outlived two of my neighbour's|even uphill it does not mind|it brought us through the snow|I grin whenever I get in
c-: it switches itself off on the motorway|it was in the garage more than on the road|the brakes failed twice|it rusted through in three winters|it left me by the roadside again|the wheel came off|it would not start this morning, nor yesterday|it was scrap after four years
price+: it was a bargain|it costs little to run
price-: it was dear|it costs a fortune to run
seat+: the seats are comfortable|there is room for everybody
seat-: the seats hurt my back|there is no room for luggage
dealer+: the dealer was honest|the garage is quick
dealer-: the dealer lied to me|the garage takes weeks
look+: I love how it looks|the paint shines
look-: it is not a beauty|the paint flakes
# device
n: phone|laptop|tablet|camera|television|smart watch|headset|monitor|e-reader|games console|tracker|mouse|power bank|hearing aid|microphone
ga: fast|light|sharp|responsive|reliable|easy to set up|well built|handy
ba: slow|heavy|blurred|sluggish|unreliable|hard to set up|badly built|clumsy
again: buy it again|get the same one again|buy one for my son
ing: buying it|getting it|upgrading
span: two weeks|a month|six months|two years|three days
intro: Bought it refurbished.|I got it with my contract.|It is for my homework.|My boss gave me one.|I waited for the black one.|It came on a Wednesday.
fact: it has 64 GB and two slots|the screen is 13 inches|it is charged through a socket on the left|it comes with a case|version 12 is installed|it weighs 190 grams|the manual can be read online|it connects to five others
q: Does the {n} have a headphone socket?|How do I turn off the sound?|Will my old charger fit?|How many hours does the {n} last?|Does it work in Canada?|Is the {n} waterproof?
c+: it does everything I ask of it|it has survived three falls|it has been by my side for two years|it woke up my love of photography|everybody at work wants one|I forget that it is there|my grandmother managed it by herself|it connects at once, every time
c-: it died after a week|the screen went black and stayed black|it restarts in the middle of calls|it gets so hot that I cannot hold it|it loses the connection all the time|it arrived with a crack|it has been sent in for repair three times|it froze and never came back
price+: it costs half as much as the big names|the price is right
price-: it is far too dear|it was expensive
battery+: the battery lasts two days|it charges in half an hour
battery-: the battery is flat by noon|it takes all night to charge
sound+: the sound is rich|the picture is sharp
sound-: the sound is tinny|the picture is grainy
look+: it looks elegant|it feels good in the hand
look-: it looks like a toy|it feels like plastic
# shop
n: shop|supermarket|bookshop|market stall|garden centre|pharmacy|florist|bike shop|flea market|department store|hair salon|launderette
ga: well stocked|friendly|tidy|cheap|helpful|honest|charming
ba: badly stocked|unfriendly|messy|overpriced|unhelpful|dishonest|charmless
again: shop here again|go there again|send my friends there
ing: going|shopping here|asking there
span: one visit|two visits|five minutes|years of going there
intro: I went in for a birthday card.|It is round the corner from us.|We were there on Saturday.|I needed a lamp.|My neighbour sent me.|I go there for my paper.
fact: it opens at eight and closes at seven|it is opposite the church|it sells stamps and newspapers|it takes cards from five euros|it is closed in August|there is another one in Hill Street|the car park has 40 places|it belongs to two sisters
q: When does the {n} close?|Does the {n} sell batteries?|Do they take old clothes?|Is there another {n} nearby?|Can I pay by card?|Which floor are the toys on?
c+: they found just what I was looking for|I always come out smiling|they ordered it for me and rang when it was there|they mended it for nothing|I drive twenty kilometres to shop there|they gave me my money back without asking why|they know everything about what they sell|I found a treasure there
c-: they sold me a broken one and would not take it back|I was followed about like a thief|half of what I bought was past its date|they charged me twice|nobody served us|they sent me away five minutes before closing|the shelves are empty|they lied about the guarantee
price+: the prices are low|it is cheaper than in town
price-: the prices are steep|it is dearer than in town
staff+: the girl at the till is always cheerful|the owner is a dear
staff-: the girl at the till never looks up|the owner is a grouch
place+: it is easy to reach|it smells of fresh bread
place-: there is nowhere to park|it smells of drains
queue+: there is never a queue|the aisles are wide
queue-: the queues are endless|the aisles are blocked
# outing
n: museum|zoo|park|swimming pool|gym|festival|castle|boat tour|theme park|fair|walk|yoga class|football match|exhibition
ga: interesting|well organised|clean|lovely|fun|exciting|peaceful|varied
ba: boring|badly organised|dirty|dreary|dull|overcrowded|noisy|disappointing
again: go again|take my parents there|recommend it to our guests
ing: going|taking the children|buying a ticket
span: an hour|ten minutes|half a day|one visit
intro: We went with the grandchildren.|It was a school trip.|We had two hours before our train.|It rained that day.|I have a yearly ticket.|We were on holiday nearby.
fact: it opens at ten in summer|it is free on the first Sunday|it was founded in 1911|there are lockers at the entrance|bus 14 stops in front of it|children under six need no ticket|it takes about two hours|it is closed from November to March
q: When does the {n} open?|How much is a ticket for the {n}?|Is the {n} suitable for small children?|Is there a café?|Can we bring a picnic?|Are dogs allowed?
c+: the children talk of nothing else|we stayed until it got dark|we could have spent days there|everybody from three to ninety had fun|I went home with a smile|we are going back on Sunday|it was the high point of our trip|I learned things that I never knew
c-: we left after twenty minutes|the children cried to go home|half of it was closed|we queued for two hours and saw nothing|it was cancelled at the last minute|there was rubbish everywhere|we saw three sheep and a broken swing|I twisted my ankle on the broken steps
price+: it costs next to nothing|a ticket is cheap
price-: a ticket is expensive|it costs an arm and a leg
staff+: the guides know their stuff|the people there are lovely
staff-: the guides mumble|the people there are grumpy
food+: the café is good|the ice cream was a treat
food-: the café is dreadful|the ice cream had melted
crowd+: it was never too full|there was a lot of shade
crowd-: it was packed|there was no shade
# game
n: game|board game|puzzle|card game|toy train|jigsaw|racing game|doll's house|quiz|building set|football manager game
ga: fun|exciting|clever|addictive|well made|absorbing|imaginative
ba: dull|frustrating|stupid|repetitive|badly made|confusing|unimaginative
again: play it again|buy it again|give it to a friend
ing: buying it|playing it|unpacking it
span: ten minutes|two rounds|one evening|three months|a week
intro: We got it for Christmas.|My children are six and nine.|We played it with friends on Friday.|I bought it second-hand.|It was a present for my nephew.|We took it on holiday.
fact: it is for two to four players|a round takes 45 minutes|it has 500 pieces|the rules are in the lid|it is for children from six up|two dice and 60 cards are in the box|the batteries are not in the box|there is a second edition from 2019
q: How many can play the {n}?|What age is it for?|How long does a round take?|Does the {n} need batteries?|Is there a Spanish version?|Can it be played alone?
c+: we have played it every weekend since|the children would not stop|we laughed all evening|I lost all sense of time|it kept them busy the whole winter|even grandpa joined in|everybody wanted another round|it still comes out at every party
c-: it was in pieces by the evening|nobody wanted a second round|the children left it after five minutes|it ended in tears|half of the pieces were missing|it does not even start|we gave it away|it has gathered dust ever since
price+: it was cheap|it is good value
price-: it was expensive|it costs too much for a bit of cardboard
rules+: the rules are simple|you can start at once
rules-: the rules are hard to understand|it takes an hour to set up
look+: the pictures are lovely|the pieces feel good in the hand
look-: the pictures are ugly|the pieces are thin
length+: a round is over quickly|it works well with two
length-: a round takes forever|it does not work with two
"""

# Trades that a frame is for: "goods" and so on, or the trades' own names; none: all of them.
GROUPS = {
    "goods": "gadget wear home software medicine book game car device",
    "bought": "gadget wear home game car device",
    "things": (
        "gadget wear home food restaurant hotel software transport medicine film book delivery office work game car "
        "device shop outing"
    ),
    "shows": "film book",
    "places": "restaurant hotel office shop outing",
    "outings": "restaurant hotel film work transport outing",
    "lasting": "gadget wear home software medicine game car device",
    "old": "gadget wear home software car device",
    "served": "restaurant hotel transport office shop",
    "eaten": "food restaurant",
    "served_goods": "gadget wear home software hotel transport delivery car device",
}

# stars[:trades] text, under a heading for the kind.
FRAMES = """
## negation
1 I have [nothing but complaints|a long list of complaints|more complaints than I can count][|: {bad}]
2 I had complaints [from day one|about everything][|: {bad}]
1 [Fault after fault|One fault after another]: {bad}
1 They say [it was our own fault|I am at fault]. [It was not|I am not]: {cb}
5 [I can|I would|I'd|We can|We do] [recommend|warmly recommend|highly recommend] [{ito}|this {n}][| to everybody| to anybody|, {good}]
5 [Would recommend|Highly recommend|Can recommend|Recommended to everybody][|: {good}|, {good}]
4 I would [recommend|choose] [{ito}|this {n}] [again|any time], [no question|no doubt about it]
4:things My worst fears did not come true[|, {good}]
5 [I was blown away|I am blown away][|, {good}]
2 I would love to [like {ito}|say something nice|recommend {ito}], but [I can't|I cannot|there is nothing to say|{bad}]
1 [Everything|All] that [can|could] go wrong [did|went wrong][|: {bad}]
1 I regret every [cent|minute|penny][| of it|, {bad}]
5 I enjoyed every [minute|second][| of it|, {good}]
5:lasting Not [once|a single time] [did {it} let me down|did {it} fail me|has {it} given me any trouble]
5:lasting Not one [problem|fault|breakdown] in [all these|three|nearly four] years
5:lasting In [two|five|seven] years I [have not had|never had] [one|a single|any] [problem|complaint|issue] with {ito}
5:lasting {It} has never [let me down|given me a moment's trouble|failed me][|, not once]
4:lasting [No complaints|No problems|No issues|No trouble|No faults] [so far|yet|as yet|to date]
5 No complaints [here|from me|from us|whatsoever|at all]
5 [I have|We have|I've got] no complaints[| about this {n}| about the {n}]
5 [I have|We had] [nothing|absolutely nothing] to complain about
4:things [Nothing|Not a thing] to [complain about|grumble about|moan about][|, {sg}]
5 [I can't|I cannot|You can't|I couldn't|We could not] [find fault with|fault] {ito}
5 [I can't|I cannot|We couldn't|I couldn't] fault [the|this] {n}[| at all| in any way], {good}
5 There is nothing [I would change|I'd do differently] [|about {ito}|about this {n}]
5 There [isn't|is not] a [bad word|single bad thing] to be said about this {n}
5 I [don't have|haven't got|have not] a bad word to say about [{ito}|the {n}]
5 I have [nothing but praise|only good words] for this {n}[|: {good}]
5 [I can't|I cannot|We can't] praise [{ito}|this {n}] [enough|highly enough]
5 [I could not|I couldn't|We couldn't] be happier with [{ito}|this {n}|our {n}][|, {good}]
5 [You|One] [couldn't|could not|can't] [ask|wish] for a better {n}
5:things I [don't|do not] regret {ing} [|for a second|one bit|for a moment]
5:things [No regrets|Zero regrets][|: {good}|, {good}| about {ing}]
5 I [wouldn't|would not] hesitate to {again}
5:things You [won't|will not] [regret {ing}|be sorry|be disappointed][|, {good}]
5:things It [did not|didn't|does not|never] disappoint[|, {good}]
4 [I was not|I wasn't|We were not|We weren't] disappointed[| with {ito}], {good}
5:lasting I [wouldn't|would not] [swap it for anything|part with it for the world|be without it now|want any other]
5:old I can't imagine [my day|life|going back to a life] without it
5 I [have not|haven't] [found|seen|had] a better {n} [|in all these years|anywhere|yet]
5 I have never [had|come across|known] a [better {n}|{n} as {ga} as this one]
5 Never [had|known] a {n} [so|that was this] {ga}
5 I [have|had] yet to [find|hear of|come across] anything wrong with [{ito}|this {n}]
5 There was not [a thing|one thing|anything] [wrong|amiss] with [the|this] {n}
4 Nothing [went wrong|was missing], {good}
5:served,person,delivery Nothing was too much trouble[|, {good}]
5:served [No fuss|No hassle|No waiting|No nonsense], no [hidden costs|excuses|small print], [just a good {n}|I'll be back|all as it should be]
4:delivery,office,hotel,transport,person,shop [Without any fuss|Without any trouble|No questions asked]: {cg}
5:things We [could not|couldn't] have [made a better choice|chosen better|been happier]
5:outings We [did not|didn't] want [it to end|to go home]
5:outings I [didn't|did not] [want to leave|notice how the time went], {good}
5:film,book,game,work,outing I [was not|wasn't] bored for a [second|minute|moment]
5:film,book,game,work,outing [Not a dull moment|Never a dull moment|Not one dull minute][|, {good}]
5:film,book Not a [word|scene|line] too [many|long][|, {good}]
5:eaten We [didn't leave|did not leave] a crumb
5:medicine I [don't|do not] have to [suffer|lie awake|scratch] any more
5:medicine No side effects, no [trouble|problems], {cg}
5:gadget,software,device It never [fails|crashes|complains|lets go], {sg}
5:person {It} never [makes|made] me feel [stupid|rushed|like a nuisance]
5:person Not once [did {he} lose {his} patience|was {he} late|did {he} make us wait]
5:person There is [nobody|no one] I would rather go to
5:person [I would not|I wouldn't] go to anybody else
5:delivery [Nothing|Not a thing] was [broken|missing|damaged], {sg}
5:transport Not [a minute|one minute|a second] late[|, {sg}]
4 [I don't|I do not] know why [some people|others] complain, {good}
4 I [don't|can't] understand the bad reviews, {good}
4 Don't [listen to|believe] the [complaints|grumblers|bad reviews]: {good}
4:things It [isn't|is not] as {ba} as [they say|people make out|I had feared]
5:things It [hasn't|has not] [let us down|lost any of its appeal][ yet|], {good}
5 I [can't|couldn't] [thank|recommend] {him} [enough|highly enough]
5 There's no [better {n}|{n} as {ga} as this] [|around here|to be had|that I know of]
5 [Nobody|No one] [I know|at home|of us] has [anything bad to say|a bad word] about [{ito}|this {n}]
1 There is [little|nothing|not much|hardly anything|precious little] [here|about this {n}] to [like|enjoy|praise|recommend]
1 There [isn't|is not|was not|wasn't] [much|anything|a thing] to [like|praise|recommend] [here|about {ito}|about this {n}]
1:things I [would|could|can] hardly call [that|this|it] a [|proper |real |decent ]{n}
1:things [That is|That's|This is] not [what I call a|my idea of a|a proper|a real] {n}
1:things You [can't|cannot|could not|couldn't] call [that|this] a {n}
1 I [can't|cannot] [say|find|think of] [anything|a single thing] good about [{ito}|this {n}][|, {bad}]
1 I [have nothing good|haven't anything good|don't have one good word] to say about [{ito}|this {n}]
1 [I can't|I cannot|I could not|I couldn't] recommend [{ito}|this {n}] [|to anybody|to anyone|in good conscience][|, {bad}]
1 [Would not recommend|Wouldn't recommend|Do not recommend|Can't recommend][|: {bad}]
2 [I don't|I do not|I wouldn't|We would not] recommend [{ito}|this {n}][|, {bad}]
1 [I will never|I'd never|We would never|I won't|I wouldn't|We will not] {again}
1 [Never again|Never ever again|Not again|Not with me again][|: {bad}|, {bad}]
1:things [Don't bother|Do not bother|Don't bother {ing}][|, {bad}|: {bad}]
1:bought,software,shows,eaten [Don't|Do not] waste your [money|time] [on this {n}|on it|here][|, {bad}]
1:things [Not worth it|Not worth the money|Not worth a penny|Not worth the trouble|Not worth your time][|: {bad}|, {bad}]
1:things It [isn't|is not|wasn't|was not] worth [it|the money|a detour|half the price|the trouble]
2:things [It doesn't|It does not|The {n} didn't|This {n} does not] [live up to its name|do what it should|keep its promises|deliver][|, {bad}]
1:gadget,software,medicine,device [It doesn't|It does not|It didn't|The {n} does not|This {n} doesn't|It won't] work[| at all| any more]
1:gadget,software,device It [has never|never] worked [|properly|as it should][|, {bad}]
1:gadget,software,device Not once [has it worked|did it work]
1:things I have never [had|seen|known|come across] a worse {n}
1 I have never [had|seen|known] such a {ba} {n}
1:things It [could not|couldn't] [be|have been] [worse|more {ba}|less {ga}]
1 [I was not|I wasn't|I am not|I'm not|We weren't|We are not] [happy|satisfied|pleased|impressed] with [{ito}|the {n}|this {n}]
2 [Not happy|Not impressed|Not pleased|Not satisfied][|, {bad}|: {bad}| with the {n}]
2 [I did not|I didn't|We didn't|I don't|I do not] like [{ito}|the {n}|this {n}][| at all| one bit| much]
2:outings,shows,game I [did not|didn't|couldn't] enjoy [it|this {n}|a minute of it]
1 [I can't|I cannot|I do not|I don't] [see|understand] [why anybody would like this {n}|what people see in {ito}|how anyone can praise {ito}]
2 I [don't|do not|can't] understand the good reviews, {bad}
1 Don't [listen to|believe|be fooled by] the [praise|good reviews|fans]: {bad}
1:things I [can't|cannot] believe [I paid for this|people pay for this|they sell this|anybody likes this]
1:outings,shows [I could not|I couldn't|We couldn't] wait [for it to end|to get out|to get home]
1 No [redeeming features|good points|charm|saving graces][| at all| whatsoever| that I could find]
2:things It has [no charm|no character|nothing that others don't have better|little charm and even less use]
1 [No|Zero] [help|respect|care], no [apology|answer|interest], [nothing|no idea]
1 Not one [good|kind|positive] [word|thing] comes to mind[|, {bad}]
1 No one [should|ought to] have to put up with [this|such a {n}]
1 There is no [excuse|reason] for [such a {n}|a {n} like this][|: {bad}]
1:film,book,game [Nobody|No one] [needs|asked for|will miss] this {n}
2:film,book I [didn't|did not] [laugh|smile|care] once[|, {bad}]
1:film,book [I couldn't|I could not|We did not] [finish it|get to the end|get through it][|, {sb}]
1:eaten I [couldn't|could not|did not] [finish it|eat it|get it down][|, {sb}]
1:lasting It [didn't|did not] [last|survive] {span}
1:lasting It [hasn't|has not] [been any use|helped|been right] since [day one|the first day|I got it]
1:medicine It [did not|didn't|does not] [help|do a thing|make any difference][| at all| in the least]
1:person {It} [did not|didn't] [listen|apologise|call back|turn up|even look at me]
1:person {It} never [listened|apologised|called back|turned up|even looked at me]
1:person Not once did {he} [say sorry|look up|answer my question|return my call]
1:person I [would not|wouldn't] [trust {him} with a goldfish|let {him} near my house|send my worst enemy to {him}]
1:delivery Nothing [came|arrived], [nobody answers|no word|no refund]
1:office,delivery [Nobody|No one] [answers|calls back|cares|knows anything|could tell me anything|was there]
1:transport Not once was it [on time|clean|warm][|, {sb}]
1:served [Not a word of apology|Not a smile|No hello|No explanation], {bad}
2 {It} did not [help|make me happy|win me over][|, {bad}]
2 [I can't|I cannot|We can't] say [that |]I am [happy|pleased|impressed][| with {ito}], {bad}
1 There's no [worse {n}|{n} as {ba} as this] [|around here|that I know of|to be had]
1 [Nobody|No one] [I know|at home|of us] has [anything good to say|a good word] about [{ito}|this {n}]
## negated_word
4 There was nothing [poor|bad|rude|wrong|broken|cheap|terrible] about [{ito}|this {n}]
2 There was nothing [rich|good|nice|right|special|great|wonderful] about [{ito}|this {n}]
4 [I read about|I was warned of|People talk of] [poor service|rude staff|bad quality|broken parts]. [Not a bit of it|None of it]: {cg}
2 [I read about|I was promised|People talk of] [great service|kind staff|good quality|lovely people]. [Not a bit of it|None of it]: {cb}
4 It's no joke: {good}
1 It's no [joy|fun|pleasure]: {bad}
5 [Everything|All] about [{ito}|this {n}|the {n}] is {ga}
1 [Everything|All] about [{ito}|this {n}|the {n}] is {ba}
5 {It} is always {ga}[|, {good}]
1 {It} is always {ba}[|, there is always something]
4 I found [{ito}|this {n}|the {n}] {ga}
2 I found [{ito}|this {n}|the {n}] {ba}
1 [Nothing|Not a thing] about [{ito}|this {n}|the {n}] is {ga}
1 There is nothing {ga} about [{ito}|this {n}|the {n}]
2 [{It} is|{It}'s|The {n} is|This {n} is] not {ga}[| at all| in the least| by any measure]
2 [{It} was|The {n} was|This {n} was] not [particularly|exactly|really|all that] {ga}
2 [{It} isn't|{It} wasn't|The {n} isn't|This {n} wasn't] {ga}[| at all| enough| in the least]
1 [{It} is|The {n} was|This {n} is] neither {ga} nor {ga}
1 [{It} is|The {n} was|This {n} is|{It} was] anything but {ga}
1 [{It} is|The {n} was|This {n} is|{It} was] [far from|nowhere near|a long way from] {ga}
1 [{It} is|The {n} was] the opposite of {ga}
2 I [wouldn't|would not|could not] [call {ito}|describe {ito} as] {ga}
2 I [can't|cannot] say [{it} is|{it} was|the {n} was|this {n} is] {ga}
2 [{It} is|The {n} is] less than {ga}
2 I [don't think {it} is|do not believe {it} is|didn't think {it} was|did not think the {n} was] {ga}
2 I [don't|do not|didn't] find [{ito}|the {n}] {ga}
2 [Hardly|Scarcely|Not exactly] {ga}[|, {bad}|: {bad}]
1 [Not {ga}, not {ga}|No, not {ga}|Not {ga}][|, {bad}]
2 They [say|said|claim] [{it} is|it was|the {n} is] {ga}. [It isn't|It is not|It is nothing of the kind|Not so]
2 {It} is supposed to be {ga}, and {it} is not
1 [Who|Whoever] calls this {n} {ga} has [not tried it|never seen another one|no idea]
1:lasting,person [{It} has|The {n} has] never been {ga}, not [once|for one day]
1 I have [rarely|seldom|hardly ever|never] seen a less {ga} {n}
4 [Nothing|Not a thing] about [{ito}|this {n}|the {n}] is {ba}
4 There is nothing {ba} about [{ito}|this {n}|the {n}]
4 [{It} is|{It}'s|The {n} is|This {n} is] not {ba}[| at all| in the least| by any measure]
4 [{It} isn't|{It} wasn't|The {n} isn't|This {n} wasn't] {ba}[| at all| in the least]
4 [{It} is|The {n} was|This {n} is] neither {ba} nor {ba}
5 [{It} is|The {n} was|This {n} is|{It} was] anything but {ba}
4 [{It} is|The {n} was|This {n} is|{It} was] [far from|nowhere near|a long way from] {ba}
5 [{It} is|The {n} was] the opposite of {ba}
4 I [wouldn't|would not|could not] [call {ito}|describe {ito} as] {ba}, {good}
4 I [can't|cannot] say [{it} is|{it} was|the {n} was] {ba}, {good}
4 I [don't think {it} is|do not believe {it} is|didn't think {it} was|did not think the {n} was] {ba}
4 I [don't|do not|didn't] find [{ito}|the {n}] {ba}
4 [Hardly|Not exactly] {ba}: {good}
5 [Not {ba}, not {ba}|Never {ba}, never {ba}][|, {good}|: {good}]
4 They [say|said|claim] [{it} is|it was|the {n} is] {ba}. [It isn't|It is not|It is nothing of the kind|Not so]
5 {It} is said to be {ba}, and {it} is not, {good}
5 [Who|Whoever] calls this {n} {ba} has [not tried it|never seen another one|no idea]
5:lasting,person [{It} has|The {n} has] never been {ba}, not [once|for one day]
5 I have [rarely|seldom|hardly ever|never] seen a less {ba} {n}
4 Not a trace of {ba} [service|people|anything]: {cg}
5 [{It} couldn't|The {n} could not] be more {ga}
1 [{It} couldn't|The {n} could not] be more {ba}
5 Not {ba} like [most|the others|the last one|so many], {ga}
2 Not {ga} like [most|the others|the last one|so many], {ba}
## litotes
4 [Not bad|Not bad at all|Not half bad|Not too bad|Not too shabby|Not bad at all really][|, {good}|: {good}|, this {n}]
4 [{It} is|{It}'s|The {n} is|This {n} is|{It} was] [not bad|not bad at all|not half bad|by no means bad|not a bad one]
4 You could do [a lot|much|far] worse than [this {n}|{ito}]
4:things [It is|It's] not without [its charm|its merits|a certain charm][|, {sg}]
4 I [was not|wasn't|am not|was by no means] [displeased|dissatisfied|unhappy|unimpressed] [with {ito}|with this {n}]
4 I [would not|wouldn't] [say no to another|mind another|turn it down]
4 [{It} does|The {n} did] [no harm|nothing wrong], and {good}
4 [No small|No mean] [feat|achievement]: {cg}
4 I can think of [far worse|worse|many worse] {ns}, {good}
4 Not the worst {n} [by a long way|by a long chalk]: {good}
4:film,book,game,work,outing There are [worse|far worse] ways to spend [an evening|a day|one's time]
5 [It takes a lot|It is not easy|Few manage] to [please|impress] me, and [this {n} did|they did]
4 I [don't|do not] [often|usually] write reviews, but {cg}
4 Can't [complain|grumble|moan][|, {good}|: {good}]
4 [I'm|I am] not [one for|given to] [big words|praise], but {cg}
5 [I'm|I am] not easily [impressed|pleased], but {cg}
1 [I'm|I am] not easily [put off|annoyed], but {cb}
1 I [don't|do not] [often|usually] write reviews, but {cb}
2 [Not great|Not good|Not exactly great|Not too good|Not so good|Not very good|Not that great][|, {bad}|: {bad}|, this {n}]
2 [{It} is|The {n} is|This {n} is|{It} was|The {n} was] [not great|not good|not very good|not the best|no good|not much good|none too good]
2 You could do [a lot|much|far] better than [this {n}|{ito}]
2:things [It is|It's] not without [its faults|its problems|its snags], {bad}
2 I [was not|wasn't|am not|was none too] [thrilled|pleased|delighted|overjoyed|amused] [with {ito}|with this {n}]
2 I [could|can] think of [many|a dozen|a lot of] better {ns}
2 [{It} leaves|The {n} leaves|This {n} leaves] [a lot|much|something|rather a lot] to be desired[|, {bad}]
2 Not [my favourite|the best] {n} by a long way: {bad}
2 [There is|There's] [room for improvement|some way to go], [to put it mildly|to say the least]
2 [Hardly|Not exactly|Scarcely] [a success|a triumph|money well spent|what I had in mind][|, {bad}|: {bad}]
1:film,book,game,work,outing There are better ways to spend [an evening|a day|one's time][|, {bad}]
2 I [have had|have seen|'ve known] better[|, {bad}]
2 It [would not|wouldn't] be [my first choice|anybody's first choice|high on my list]
2 [I'm|I am] not [a fan|convinced|a great fan|in love][|, {bad}| of this {n}]
2 I [won't|would not] be [telling my friends|rushing back|in a hurry to {again}]
## concession
4 {sb}, but {cg}
4 {sb}[, but|. Still,|. Even so,|, yet] {good}
5 {sb}, but [who cares|never mind|that is forgotten]: {cg}
4 [Although|Though|Even though] {sb}, {cg}
4 {cg}[, although|, even though|, even if|, though] {sb}
5 [Yes,|Granted,|OK,|Sure,|True,] {sb}, but {cg}
4 {It} [may be|might be|can be] {ba}, but {cg}
4 [A bit|A little|Rather|Slightly] {ba}, but {cg}
5 Despite [its|the] [price|faults|bad name], {cg}
4 [I was worried|I was afraid|I had my doubts] that {it} would be {ba}, but {good}
4 [Apart from|Except for] one thing ({sb}) [I am happy|all is well|I love {ito}]
4 [My only complaint|The only drawback|The one thing I would change]: {sb}. [Otherwise perfect|Apart from that I love {ito}|All the rest is great]
4 [My only complaint is that|The only drawback is that|The one snag is that] {sb}
4 {sb}. [I would {again} all the same|I'd still {again}|Still, I would {again}]
4 {sb}, {sb}, [but|and yet] {cg}
5 {sb}. [That does not matter|I don't mind|Who cares]: {cg}
4:things {Ba}? [Perhaps|A little|Yes]. [But|Still,] {cg}
5:things [Expensive, yes|Not cheap|Yes, it costs a lot|It costs more than others], but [it is worth every penny|worth it|it was money well spent][|: {cg}]
2 {sg}, but {cb}
1 {sg}[, but|. Still,|. Even so,|, yet] {cb}
2 {sg}[, but|. Then again,|, only] {sb}, and {cb}
2 [Although|Though|Even though] {sg}, {cb}
1 {cb}[, although|, even though|, though] {sg}
2 [Yes,|Granted,|OK,|Sure,|True,] {sg}, but {cb}
2 {It} [may be|might be|can be] {ga}, but {cb}
2 [Quite|Fairly|Rather] {ga}, but {cb}
1 Despite [its|the] [price|good name|praise], {cb}
2 [I was told|I hoped|I had read] that {it} would be {ga}, but {bad}
2 [Apart from|Except for] one thing ({sg}) [I regret it|it was a let-down|I hated {ito}]
2 [The only good thing|The one good thing|The only plus]: {sg}. [Otherwise dreadful|The rest is poor|All the rest is bad]
2 [The only good thing is that|The one plus is that|The best that I can say is that] {sg}
1 {sg}. [I would not {again} all the same|I still won't {again}|That does not help]: {cb}
2 {sg}, {sg}, [but|and yet] {cb}
1 {sg}. [What good is that|Much good that does me]: {cb}
2:things {Ga}? [Perhaps|At first|Yes]. [But|Only,] {cb}
1:things [Cheap, yes|It is cheap|Yes, it costs little|It costs less than others], but [you get what you pay for|for good reason|that is money down the drain][|: {cb}]
2:things [I wanted|I really wanted|I tried] to like [it|this {n}], but {bad}
4:things I [did not want|didn't expect] to like [it|this {n}], but {good}
2 {It} [looks|sounds|seems] {ga}. [It isn't|It is not|Don't be fooled][|: {bad}]
3 {sg}, [but|though] {sb}
3 {sb}, [but|though] {sg}
3 [On the one hand|On the plus side] {sg}, on the other {sb}
3 [Some good, some bad|Two sides|Mixed feelings|Hit and miss]: {sg}, {sb}
## mild_praise
5 I left [happy|with a smile|content][|, {good}]
4 The old one was broken, this one [works|is {ga}|does its job]
5 The best {n} in years[|, {good}]
4 [Everybody|Everyone] [I know|at home] [likes|loves] [{ito}|this {n}]
4 [Great|Good|Lovely] {n}[|, {good}]
5 [I love|We love|I adore] [{ito}|this {n}|our {n}][|, {good}|: {good}]
4 {cg}
5 {cg}[, and|. And] {sg}
4 {sg}, {sg}
4 {sg}
5 {cg}, [what more can you want|what more could I ask for|that says it all]
4 [Happy with|Pleased with|Content with|Glad about] [{ito}|the {n}|this {n}]
4 [It does the job|Does what it should|Does the trick|All as it should be|All as promised|Just as described][|, {sg}|, and {sg}]
4:things [Should have done this|I should have come here|I ought to have done this] years ago
4:old [Should have bought one|I should have got one|We ought to have switched|Should have changed] [years ago|sooner|long ago]
4:goods [Now my sister wants one too|My neighbour asked where I got it|I keep recommending it to people|Everybody in the house uses it]
4 [Would|I would|We would|Will] {again}
5 [I will|We will|I'd|We'd] [gladly|happily|certainly|definitely|always] {again}
4 A {ga} {n}
4 {Ga} and {ga}[|, {good}]
4 [A solid|A decent|A perfectly good|A nice|A good] {n}[|, {good}|, {sg}]
4 {It} is {ga}[|, and {good}]
5 [{It} is|The {n} was] [really|just|so] {ga}
4 [All good|All fine|Works for me|Fine by me|Good stuff|Nicely done|Well done][|, {good}|: {good}]
4 [It pays for itself|Money well spent|Worth the wait|Worth every cent][|, {cg}]
4:medicine [Helped|It helped|It has helped], {cg}
4:person {It} knows {his} trade[|, {good}]
5:person [What a|Such a] {ga} {n}
5:things [What a|Such a] [{ga}|good|lovely] {n}
4:served [We felt|I felt] [welcome|in good hands|well looked after][|, {sg}]
4:bought A [new one|replacement] came [two days later|within the week][, no questions asked|, free of charge| and this one is {ga}]
## plain_blame
1 I left [angry|in tears|furious][|, {bad}]
2 The old one was perfect, this one [breaks down|is {ba}|does nothing]
1 The worst {n} in years[|, {bad}]
2 [Everybody|Everyone] [I know|at home] [dislikes|hates] [{ito}|this {n}]
2 [Terrible|Bad|Dreadful] {n}[|, {bad}]
1 [I hate|We hate|I detest] [{ito}|this {n}|our {n}][|, {bad}|: {bad}]
1 [Always the same|There is always something|Always an excuse]: {bad}
2 All I ask for is a {ga} {n}. [This isn't it|Not this one]
1 {cb}
1 {cb}[, and|. And] {sb}
2 {sb}, {sb}
2 {sb}
1 {cb}, [what else is there to say|need I say more|that says it all]
2 [Unhappy with|Disappointed with|Fed up with|Annoyed about] [{ito}|the {n}|this {n}]
2 [It barely does the job|Does half of what it should|All talk|All show|Not as promised|Not as described][|, {sb}|, and {sb}]
1:things [Should have left it|I should have gone elsewhere|I ought to have read the reviews|Should have known better]
1:goods [Now it gathers dust|My neighbour warned me|I keep warning people|Nobody in the house uses it]
1 A {ba} {n}
2 {Ba} and {ba}[|, {bad}]
2 [A poor|A shoddy|A mediocre|A sorry excuse for a|A lousy] {n}[|, {bad}|, {sb}]
2 {It} is {ba}[|, and {bad}]
1 [{It} is|The {n} was] [really|just|so] {ba}
2 [Poor show|Badly done|A let-down|A disappointment|Money down the drain|A waste of time][|, {bad}|: {bad}]
1:things [Avoid|Stay away|Keep away|Steer clear|Save your money][|: {bad}|, {bad}]
1:person [What a|Such a] {ba} {n}
1:things [What a|Such a] [{ba}|bad|dreadful] {n}
1:served [We felt|I felt] [unwelcome|ripped off|like a nuisance][|, {sb}]
1:bought A [new one|replacement] came [two months later|after ten calls] and [had the same fault|was no better|was just as {ba}]
1 I want my money back[|: {cb}]
2 [Overrated|Overpriced|Overhyped][|, {bad}|: {bad}]
## not_only
1 Not only [was|is] the {n} {ba}, but {cb}
1 Not only [is|was] {it} {ba}, {it} [is|was] also {ba}
1 Not only the {n} was [{ba}|expensive], but {cb} [too|as well|]
1 Not only [did we pay too much|did I lose a day|was I made to wait], [but |]{cb}
1 {sb}. [Not only that, but|On top of that|As if that were not enough,] {cb}
1:things It is not just {ba}, it is [{ba}|a disgrace|a scam]
1 [Both|At once] {ba} and {ba}[|, {cb}]
1 First {sb}, then {cb}
1 {cb}, [not to mention that|and to top it off|to make matters worse] {sb}
5 Not only [was|is] the {n} {ga}, but {cg}
5 Not only [is|was] {it} {ga}, {it} [is|was] also {ga}
5 Not only the {n} was [{ga}|cheap], but {cg} [too|as well|]
5 Not only [did we pay less|did I save a day|was I seen at once], [but |]{cg}
5 {sg}. [Not only that, but|On top of that|And best of all,] {cg}
5:things It is not just {ga}, it is [{ga}|a delight|a gem]
5 [Both|At once] {ga} and {ga}[|, {cg}]
5 {cg}, [not to mention that|and to top it off|and as a bonus] {sg}
## rating
1 [Zero|No|Minus five|0] stars[|, {bad}|: {bad}| if I could]
1 [One|1|A single] star[|, {bad}|: {bad}| and that is generous| because I can't give none]
2 [Two|2] stars[|, {bad}|: {bad}| at most| out of five]
3 [Three|3] stars[|: {sg}, but {sb}| out of five|, no more, no less]
4 [Four|4] stars[|, {good}|: {good}| out of five|, one off because {sb}]
5 [Five|5|All five] stars[|, {good}|: {good}| out of five| from us| all round]
5 [Six|Ten|A million] stars if I could[|, {good}]
1 [0|1|zero|one|0.5] out of [10|ten][|, {bad}|: {bad}]
2 [2|3|two|three|4] out of [10|ten][|, {bad}]
3 [5|five|6|six] out of [10|ten][|, {sg}, but {sb}]
4 [7|8|seven|eight|7.5] out of [10|ten][|, {good}]
5 [9|10|nine|ten|9.5] out of [10|ten][|, {good}|: {good}]
1 [0/10|1/10|0/5|1/5|0/100][|, {bad}|: {bad}]
2 [2/5|3/10|2/10|4/10|25/100][|, {bad}|: {bad}| for this {n}]
3 [3/5|5/10|6/10|50/100|2.5/5][|, {sg}, but {sb}| for this {n}]
4 [4/5|8/10|7/10|80/100][|, {good}|: {good}| for this {n}]
5 [5/5|10/10|9/10|100/100][|, {good}|: {good}| for this {n}]
1 [★|★☆☆☆☆|☆☆☆☆☆|*|⭐][| {bad}]
2 [★★|★★☆☆☆|**|⭐⭐][| {bad}]
3 [★★★|★★★☆☆|***|⭐⭐⭐][| {sg}, but {sb}]
4 [★★★★|★★★★☆|****|⭐⭐⭐⭐][| {good}]
5 [★★★★★|*****|⭐⭐⭐⭐⭐][| {good}]
5 [Full marks|Top marks|Top score|A straight A|Grade A|An A plus][| for this {n}|: {good}|, {good}]
1 [Bottom marks|An F|Grade F|No points|A fat zero|Fail][| for this {n}|: {bad}|, {bad}]
2 [A D minus|Barely two stars|Two stars, and that is kind][| for this {n}|: {bad}]
3 [A C|Middling marks|Average marks|Half marks][| for this {n}]
4 [A B plus|Good marks|A strong B][| for this {n}|: {good}]
5 [Two thumbs up|Thumbs up][| for this {n}|: {good}]
1 [Two thumbs down|Thumbs down][| for this {n}|: {bad}]
4 [I took one star off because|Minus one star because] {sb}[|, otherwise perfect|, the rest is great]
2 [The one extra star is because|The second star is only because] {sg}[|, the rest is poor]
5 [I give it|I'd give it|That makes|I'd say] [5|five|4.5|9.5 out of 10|10 out of 10]
1 [I give it|I'd give it|I'd say] [1|zero|0 out of 10|1 out of 10|nothing]
2 [I give it|I'd give it|That makes|I'd say] [2|two|3 out of 10]
3 [I give it|I'd give it|That makes|I'd say] [3|three|5 out of 10]
1 [100 percent|A hundred percent] [rubbish|useless|disappointed]
5 [100 percent|A hundred percent] [happy|recommended|satisfied]
## grade
1 [The|This|That] {n} [is|was] [terrible|awful|horrible|dreadful|a disaster|the pits]
2 [The|This|That] {n} [is|was] [bad|poor|weak|disappointing|below average|rather bad]
3 [The|This|That] {n} [is|was] [okay|ok|average|so-so|all right|middling]
4 [The|This|That] {n} [is|was] [good|nice|pretty good|rather good|quite nice|above average]
5 [The|This|That] {n} [is|was] [great|excellent|superb|wonderful|fantastic|a triumph]
## question
3 {q}
3 {q} [Thanks|Thank you|Thanks in advance|Cheers]
3 [Hi.|Hello.|Quick question:|A question about the {n}:] {q}
3 [Hi,|Sorry to ask,|Excuse me,|Hello all,|So] {ask}
3 {intro} {q}
3 [Has anybody|Has anyone|Have you] [tried|heard of] [this {n}|the new {n}]?
3:places [Has anybody|Has anyone|Have you] been to [this {n}|the new {n}]?
3 [Is|Was] the {n} {ga} or {ba}?
3 Is [the|this] {n} really as [{ga}|{ba}] as [they|people] say?
3 [Is|Was] the new {n} [better|worse] than the old one?
3 [What|Which] {n} would you [recommend|choose]?
3 Can [anybody|anyone|you] recommend a [good|{ga}] {n}?
3 How {ga} is the {n}?
3 [Do you know|Can you tell me|Does anyone know] [how much the {n} costs|who runs the {n}|where the {n} is|if the {n} is {ga}]?
3:goods [Where|When] did you buy [your|the] {n}?
3:things What [do|did] [people|others|you] think of [the|this] {n}?
3 Did anybody have [problems|trouble|good luck] with [the|this] {n}?
3 I [wonder|was wondering] [if the {n} is {ga}|if the {n} is {ba}|whether others had this too|how much a {n} costs]
3 I am looking for a {ga} {n}, [any ideas|any suggestions|where should I look]?
3 [Should I|Is it better to] wait [for a sale|until spring|for the new one] [or not|or do it now]?
## fact
3 {fact}
3 {fact}. {fact}
3 {intro} {fact}
3 {intro}
3 [For your information:|Please note:|Note:|According to the website,|As far as I know,|I was told that] {fact}
3:old,places The {n} [was|will be] [moved|replaced|closed|checked] [on Monday|in March|on the 4th|over the summer]
3 There are [two|three|several] kinds of {ns}[| in the catalogue]
3:goods My [sister|neighbour|colleague|brother] has a {n} [like this|of the same kind|from Bristol]
3 I have not tried [the|this|that] {n} yet
3 [We are still|I am still] waiting to [hear|see] [what the others say|about the {n}]
3 I will [write|report back|say more] when I [know more|have tried it|have been there]
3 A {n} was [mentioned|listed] [in the paper|on the list|in the minutes] [|on Tuesday]
3 The report lists [the good and the bad|what went well and what went wrong] and closes with a table
3 The word "{ga}" [appears|is used] [twice|three times] in the text
3 The word "{ba}" [appears|is used] [twice|three times] in the text
3 [Here is|This is|See below for] [the|a] [list|number|picture|address] of the {n}
## mail
3 [Dear|Hello|Hi|Good morning] [Mr Hughes|Ms Okoye|Tom|Anna|all|team|both], [please find the list attached|see attached|as agreed|here are the minutes|I got your note|this is about the {n}]
3 [Best regards|Kind regards|Yours sincerely|Best wishes|Best|Warm regards|Cheers|Many thanks|All the best], [Maria|Tom|J. Keller|The team at reception|Anna from accounts|Dr P. Singh]
3 [Dear customer|Dear colleagues|To whom it may concern|Dear Sir or Madam|Good afternoon]
3 [Thanks|Thank you|Many thanks] for your [mail|message|letter|call][|, I will look into it|, I'll come back to you on Monday|. We have passed it on]
3 [Please|Kindly] [confirm|send me|forward] the [date|address|invoice|number] [|by Friday|when you can]
3 [Could you please|Can you] [confirm|send me|forward] the [address|invoice|number of the {n}] [|by Friday|when you can]?
3 [I am|I'm] out of the office until [Monday|the 12th|next week][|. In urgent cases call 4471]
3 [Sent from my phone|Sent from my tablet|On behalf of the board|Tel. 020 7946 0018, fax 0019]
3 [See you|Talk to you|Speak] [tomorrow|on Thursday|next week|at three][|, Tom|, Anna]
3 [Good morning|Hello|Hi there|Hey|Good evening|Welcome]
3 [I hope|Hope] [you are well|this finds you well|you had a good weekend]. {q}
3 I hope you are well. [Attached is|Here is] [the list|the contract|a copy of the letter]
3 Dear [Ms Brandt|Mr Osei|Sam], {fact}. [Regards|Best|Kind regards], [Lena|P. Novak|Jo]
3 [Happy birthday|Merry Christmas|Happy new year|Have a nice weekend|Have a good day|Get well soon][|, Anna| to all of you|, dear Tom]
3 [Sorry for the late reply|Apologies for the delay|Sorry, I was away]. {fact}
3 [The meeting|The call|Our appointment] [is at ten|has been moved to Friday|will be in room 4][|, regards, Jo]
3 [Thanks|Thank you][|, Tom|, noted|, received|, I have it now]
## middling
3 [It is|It's|The {n} is|The {n} was|It was] [okay|ok|all right|average|so-so|nothing special|middling|passable|fine, I suppose]
3 [Okay|OK|Average|So-so|Meh|Middling|Nothing special|Passable][|, {sg}, but {sb}|, neither good nor bad|, nothing more]
3 [It is|The {n} was|This {n} is] neither [good nor bad|great nor terrible|{ga} nor {ba}]
3 [Not good, not bad|Neither here nor there|Neither fish nor fowl|Could be better, could be worse|I have seen better, and worse]
3 [I don't|I do not] [love it, I don't hate it|feel strongly about it either way]
3 [Half of it is {ga}, half of it is {ba}|Some of it is {ga}, some of it is {ba}|Partly {ga}, partly {ba}]
3 Sometimes {ga}, sometimes {ba}
3 [It could be worse|Could be worse|It could have been worse][|, but also better| I suppose]
3 [It will do|It'll do|Good enough, I suppose|You get what you pay for, no more]
3 [Nothing to write home about|Not special, not terrible|An average {n}|A {n} like any other|Just a {n}]
3 [I am|I'm] [in two minds|of two minds|not sure what to think|undecided] about [it|this {n}]: {sg}, {sb}
3 [Some will like it, some won't|Not for everyone, you have to like that kind of {n}|A matter of taste, I suppose]
3 As {ns} go, [it is about average|neither the best nor the worst]
## comparison
2 [Worse|Far worse|Much worse|A lot worse] than [the old one|the last one|before|the other one|most|what we had][|, {bad}]
1 [The worst|By far the worst|Easily the worst] {n} [I have ever had|I know|of all|in town]
2:things The old one was [better|a lot better|far better][|, {bad}]
2 My last {n} was {ga}, this one [isn't|is not|is {ba}]
2 [Not as|Nowhere near as|Half as] {ga} as [the old one|the last one|the other|others|it used to be]
2 I [liked the other {n} better|preferred the other {n}|liked the last {n} much better|liked my old {n} more]
2 [Every other|Any other] {n} [I know|I have come across] is better[|, {bad}]
1 [Compared with|Next to] the [last|old|other] one [it is a joke|this is a step back|{it} is {ba}]
2 [There are|You will find] [better ones|better {ns}] for [less|half the money]
2 A [poor copy|pale shadow|cheap imitation] of the [old one|original]
1 Even the [old|last|cheapest] one was [better|more {ga}] than this[|, {bad}]
5 [Better|Far better|Much better|A lot better] than [the old one|the last one|before|the other one|most|what we had][|, {good}]
5 [The best|By far the best|Easily the best] {n} [I have ever had|I know|of all|in town]
4:things The old one was [worse|a lot worse|far worse][|, {good}]
4 My last {n} was {ba}, this one [isn't|is not|is {ga}]
5 Twice as {ga} as [the old one|the last one|the other|others]
5 [Every bit as|Just as] {ga} as [the dear ones|the famous ones|they say|before]
4 [Not as|Nowhere near as|Half as] {ba} as [the old one|the last one|the other|others|it used to be|people say]
4 I like this {n} [much better|better|more] than [the old one|the last one]
4 I prefer this {n} to [the old one|the last one|the other one]
5 No other {n} [I know|I have come across] [is better|comes close|can match it][|, {good}]
5 [Compared with|Next to] the [last|old|other] one [it is a dream|this is a step up|{it} is {ga}]
4 [There are|You will find] cheaper ones, but [none better|no better ones][|, {good}]
5 The old one was [good|{ga}], this one is [better still|even better][|, {good}]
2 The old one was [bad|{ba}], this one is [worse still|even worse][|, {bad}]
5 Beats [the others|the old one|every {n} I have known][|, {good}]
1 No {n} could be worse than this one[|, {bad}]
3 [About the same as|Much like|No better and no worse than] [the old one|the last one|others|before]
## expectation
2 I [expected|had expected|hoped for|had hoped for] [more|better|something better|a lot more][|, {bad}|: {bad}]
2 [I thought|We thought] {it} would be {ga}[, but|. It isn't:|. Wrong:] {bad}
1 I [wasn't expecting|didn't expect|had not expected] [much|a miracle], but [not this either|even so I was let down|this is a joke]: {bad}
1 I wasn't expecting such a {ba} {n}[|, {bad}]
2 [Fell|It falls|It fell] [short of|below] [what I hoped for|my expectations|what was promised]
2 [Did not|Does not|Didn't] [meet my expectations|come up to my expectations|live up to the promises|live up to its name|live up to the hype]
2 After all the [praise|good reviews|hype] I was [let down|disappointed][|: {bad}]
1 [Our|My] expectations were [low and still not met|not met at all][|, {bad}]
2 [Sadly|Unfortunately|To my regret|Alas,] {bad}
1 [Surprised|Shocked|Amazed] at how {ba} [it is|{it} was][|, {bad}]
5 I [expected|had expected|hoped for] [less|worse|the worst|nothing much][|, {good}|, but {good}|: {good}]
5 [I thought|We thought] {it} would be {ba}[, but|. It isn't:|. Wrong:] {good}
5 I [wasn't expecting|didn't expect|had not expected] [much|a miracle], but {cg}
5 I wasn't expecting such a {ga} {n}[|, {good}]
5 [Exceeded|It exceeded|It went beyond|More than met|Surpassed] [what I hoped for|my expectations|all expectations]
4 [Meets my expectations|Comes up to my expectations|Lives up to the promises|Lives up to its name|Lives up to the hype][|, {good}]
4 After all the [bad reviews|complaints] I was [surprised: {good}|pleasantly surprised|pleasantly surprised: {good}]
5 [Our|My] expectations were [high and still beaten|more than met][|, {good}]
4 [Luckily|Happily|To my relief|Fortunately] {good}
5 [Surprised|Astonished|Amazed] at how {ga} [it is|{it} was][|, {good}]
4 [Just|Exactly] [what I hoped for|what I expected|what I needed|as promised][|, {good}]
3 [About what|Pretty much what|No more and no less than] I expected
## wish
1 I wish I had [given up|left|cancelled|said no] sooner[|, {bad}]
2 The sooner [it is gone|it is over|we are rid of {ito}] the better
1 Should have [walked out|said no|cancelled] sooner[|, {bad}]
2 It could have been [great|so good|wonderful]. [It wasn't|It is not|Instead, {bad}]
2 If only {it} [were|was] {ga}
1:gadget,software,medicine,device If only [it worked|the thing worked|it did what it says]
2 If {it} were [half as|even a little] {ga} [as they say|], [I would be happy|I'd say nothing]
2 It would be a good {n} if it [were not|weren't] so {ba}
1 I wish I had [never heard of {ito}|gone elsewhere|read the reviews first|saved my money][|, {bad}]
1:things I wish [I could give no stars|I could have my money back|they would take it back][|, {bad}]
2 I wish {it} [were|was] less {ba}
1 [If I could give|If it were possible to give] [zero|no|minus] stars, I would[|: {bad}]
1 If you like [trouble|wasting money|being ignored|waiting], this {n} is for you
1 If you [value|care about] your [time|nerves|money], [stay away|look elsewhere|don't]
1 If I had known how {ba} {it} [is|was], [I would have stayed at home|I'd have gone elsewhere|I would not have paid]
2 {It} [should|ought to] be {ga} [by now|after all this time|at that price]. {It} [isn't|is not]
1 Had I known how {ba} {it} is, I would have [run|chosen another {n}]
1 They should [pay me|be ashamed|refund everybody|close it down][|: {bad}]
2 [Maybe|Perhaps] one day {it} will be {ga}. [Today it isn't|Not now|I won't wait for it]
5 If only [every|each] {n} [were|was] [as {ga} as this|like this one]
5 If only I had [found {ito}|known of {ito}|done this] [sooner|years ago|earlier][|, {good}]
5 I wish [every {n} were like this|I had come across {ito} sooner|there were more like {ito}][|, {good}]
5 I wish I had [known|heard] of this {n} [years ago|sooner][|, {good}]
5 [If I could give|If it were possible to give] [six|ten|more than five] stars, I would[|: {good}]
5 If you [need|want|are looking for] a {ga} {n}, [this is the one|look no further|go here]
5 If you [value|care about] your [time|nerves|money], [this is the {n} for you|choose this one]
5 If I had known how {ga} {it} [is|was], I would have [done this sooner|come sooner]
4 Had I known how {ga} {it} is, I would have [come|done it|started] [sooner|years ago]
5 They should [be proud|get a medal|charge more]: {good}
3 [It would be|It'd be] [good|useful] to know [if {fact}|what a {n} costs]
3 If [it rains|there is time|I have time] we [may|might] [look at the {n}|try the {n}] [on Sunday|next week]
3 I would like [to ask about the {n}|a price for the {n}|to hear from you about the {n}]
## before_after
2 {It} used to be {ga}[, but not any more|. Not any more|, now {it} is {ba}|. No longer]
2 {It} used to be {ga}. [That was then|Times change|No longer]: {bad}
1 Once a {ga} {n}, [now a sad one|now this|and look at it today]: {bad}
1 [After the change of owner|After the move|Under the new management|After the update]: {bad}
2 {It} [has gone downhill|is not what it was|is no longer what it was|has seen better days][|: {bad}|, {bad}]
1 After {span} I can only say: {cb}
1 At first I was [happy|pleased|impressed]. [Not for long|Then I learned better]: {cb}
1 {Ga} at first, [useless|hopeless|a nightmare] after {span}
2 {It} started well, but {cb}
1 After {span} I [had had enough|gave up|regretted it][|: {bad}]
2 [Ten|Five] years ago {it} was {ga}. [Not now|Not today]: {bad}
1 It gets worse [every time|with every visit|all the time][|, {bad}]
2 [We used to love|I used to like] this {n}. [Not any more|No longer|Those days are over]: {bad}
4 {It} used to be {ba}[, but not any more|. Not any more|, now {it} is {ga}|. No longer]
4 {It} used to be {ba}. [That was then|Times change|No longer]: {good}
5 Once a {ba} {n}, [now a joy|now this|and look at it today]: {good}
5 [After the change of owner|After the move|Under the new management|After the update]: {good}
4 {It} [has come a long way|is better than it was|has come on a lot|is back to its best][|: {good}|, {good}]
5 After {span} I can say: {good}
5 At first I was [unhappy|sceptical|worried]. [Not for long|Then I learned better]: {cg}
4 {Ba} at first, [fine|a joy|much better] after {span}
4 {It} started badly, but {cg}
5 After {span} I [was convinced|was sold|was hooked][|: {good}]
4 [Ten|Five] years ago {it} was {ba}. [Not now|Not today]: {good}
5 It gets better [every time|with every visit|all the time][|, {good}]
4 [We used to hate|I used to dread] this {n}. [Not any more|No longer|Those days are over]: {good}
5:lasting [Still|Years later it is still|It is still] {ga} after {span}
2:lasting [No longer|Not any more] {ga} after {span}
3 [It used to be|It was] [in another street|called something else|run by his father], now [it isn't|it is in Mill Road]
## sarcasm
1 [Oh great|Great|Wonderful|Brilliant|Fantastic|Lovely|Well done|Bravo|Perfect|Marvellous|Super][, |: |... ]{cb}
1 [Just what I needed|Just what I always wanted|How nice|What a treat|What fun|What a joy|How charming]: {cb}
1 [Thanks for nothing|Thanks a bunch|Many thanks for nothing][|, {bad}|: {bad}]
1 Thanks a lot[, {bad}|: {bad}]
1 [Congratulations|Hats off|Full marks], {cb}. [Quite a feat|That takes talent|Nobody else could do it]
1 {Ga}, they said. [Sure|Right|Ha|My foot|If you say so][|: {cb}|. {cb}]
1 [So|Oh so] {ga} that {cb}
1 If that is {ga}, I would hate to see the opposite: {cb}
1 [A {ga} {n}, if you|Great if you] like [a good laugh|throwing money away|surprises of the bad kind]: {cb}
1 [I love how|I just love how|I do so enjoy it when] {cb}
1 {cb}. [Great job|Well done|Good job|Bravo|Keep it up|How very impressive|Ten out of ten for effort|How lovely|Thanks so much]
1 [Best joke of the year|My favourite part|The highlight]: {cb}
1 [Who needs|Who wants] a {ga} {n} when you can have [this|a {ba} one]
1 What were they thinking?[| {Bad}.]
1 [How hard can it be|Is it really too much to ask] to [run|make|offer] a {ga} {n}?
1 [Why would anybody|Why would anyone] [pay for|put up with|recommend] this?
1 [What is|What's] to like [about this|here]?[| {Bad}.]
1 [Do they|Does anybody there] [test|check|care about] [anything|what they do]? {Cb}.
1 And [this|that] is [supposed to be|meant to be|called] {ga}?
5 [Great|Wonderful|Brilliant|Fantastic|Lovely|Well done|Bravo|Perfect|Marvellous|Super][, |: |! ]{cg}
5 [Just what I needed|Just what I always wanted|How nice|What a treat|What fun|What a joy|How charming]: {cg}
5 [Thanks for everything|Thanks a million|Thank you so much for all this][|, {good}|: {good}]
5 Thanks a lot[, {good}|: {good}]
5 [Congratulations|Hats off|Full marks], {cg}
5 {Ga}, they said. [And it is|They were right|True][|: {cg}|. {cg}]
5 So {ga} that {cg}
5 [I love how|I just love it that|I love that] {good}
5 {cg}. [Great job|Well done|Good job|Bravo|Keep it up|Very impressive|How lovely|Thanks so much]
5 What's not to like[| about this {n}]?[| {Good}.]
5 [Where has this {n} been all my life|Why did I not do this sooner|Why did nobody tell me of this {n} before]?
5 [How do they do it|Who would have thought]? {Cg}.
5 [My favourite part|The highlight]: {cg}
## service
1:served_goods [I wrote|I called|I rang] [three|four|five|six] times, [and nobody answered|no answer|no reply|and got nowhere][|, {bad}]
1:served_goods [Customer service|The hotline|Support] [hung up on me|is a joke|does not exist|never answered|passed me from one to the next]
1:served_goods [Still|I am still] waiting for [my refund|an answer|a call|the missing part][| after three weeks| since May]
2:served_goods [The {n} is fine|Nothing wrong with the {n} itself], but the service [is poor|is bad|is a nightmare]
1:served_goods They [blamed me|blamed the post|told me to read the manual|asked me to pay for the return|never said sorry]
1:bought,delivery It [came|arrived] [two weeks late|broken|without the cable|in the wrong colour|open and used][|, {sb}]
1:served_goods [Refund refused|They would not take it back|They kept my money]: {cb}
1:served_goods My complaint was [ignored|laughed at|closed without a word][|, {bad}]
1:served_goods [The staff|The people there|They] [could not care less|were rude|had no idea|looked at me as if I were a thief]
1:served_goods [You call|You write], and [nothing happens|nobody cares|you are told to wait]
5:served_goods [I wrote|I called|I rang] [once|on a Sunday|late at night], [and somebody answered at once|a reply within minutes|and they put it right][|, {good}]
5:served_goods [Customer service|The hotline|Support] [could not have been kinder|is second to none|answered at once|sorted it out in minutes]
5:served_goods [Had my refund|I had an answer|They called back|The missing part was here] [the same day|within the hour|the next morning]
4:served_goods [There was a fault in the first one|Something was missing at first|The first one was broken], but [they replaced it at once|a new one came in two days|the service is superb]
5:served_goods They [took the blame|said sorry at once|paid for the return|sent a new one for free|went out of their way]
5:bought,delivery It [came|arrived] [two days early|well packed|with a kind note|before Christmas after all][|, {sg}]
5:served_goods [Refund without a word|They took it back at once|No argument about my refund]
5:served_goods My complaint was [taken seriously|dealt with in a day|answered by a real person][|, {good}]
5:served_goods [The staff|The people there|They] [could not do enough for us|were kind|knew their job|went the extra mile]
5:served_goods [You call|You write], and [things happen|somebody cares|it is put right]
3:served_goods [I wrote|I called] [on Monday|last week] [and was given a number|about the bill|to change my address]
3:served_goods [They|Customer service] [can be reached from nine to five|asked for my order number|will call back on Tuesday]
"""

# Sentences of no trade in particular, told as people tell them; each is used, with some of its alternatives.
SAID = """
## negation
5 I [haven't|have not] looked at another [brand|barber|bakery|bank] since
5 My [mother|father|wife|boss] is hard to please and [couldn't|could not] find anything to moan about
5 The [doctor|vet|mechanic] didn't laugh at my silly questions
5 We didn't pay a cent more than agreed
5 I don't lie awake [worrying|with a sore back] any more
5 Not a drop has leaked in all that rain
5 I didn't have to lift a finger
4 The baby didn't wake up once on the whole [flight|drive]
4 I didn't feel a thing when [she pulled the tooth|he gave me the jab]
4 It hasn't gone [rusty|mouldy|yellow] like the one before
4 No queue, no paper, done in [five|ten] minutes
4 No squeaking, no wobbling, no loose screws
4 It doesn't slip, it doesn't scratch, it doesn't [smell|fade]
5 There was never a moment when we felt [unsafe|alone|unwelcome]
5 No other [dentist|teacher|coach] has been so good with my son
5 You don't need any other [pan|knife|app|coat]
5 I would not have got through the [year|exam|move] without [her|them]
4 Nobody tried to sell us anything
4 I never feel I have to [hurry|tidy up first|explain myself] there
5 Nothing beats a [Sunday|morning] there
1 My [mother|father|wife|boss] is easy to please and [couldn't|could not] find anything to praise
1 The [doctor|vet|mechanic] didn't even look up
1 We didn't get what we paid for
1 Not a drop of hot water for [three|four] days
1 I didn't sleep a wink
2 The baby didn't get one quiet minute on the whole [flight|drive]
1 I couldn't feel my [lip|arm] for a week, and that is not normal
1 No soap, no towels, no [light|lock] in the toilet
1 It doesn't stick, it doesn't cut, it doesn't [fold|close]
1 There was never a moment when we felt [safe|welcome|at ease]
1 No other [dentist|teacher|coach] has ever made my son cry
1 You don't need [this|it], believe me
1 I would have passed the [exam|test] without them, but not with them
1 Nobody told us that the [pool|kitchen|road] was closed
2 I never feel [welcome|at home|well] there
1 Nothing in the [brochure|advert] was true
1 They [never|did not] even open my letter
1 He has not paid my deposit back, and he is not going to
2 I have not touched it since [the first day|Christmas]
1 They could not find a bed, a doctor or a [chair|blanket]
1 No apology. No refund. No shame
2 I can't hear a thing with [these|them] in
2 It's not [fresh|real] orange juice, and it's not [cold|cheap] either
1 Not a single one of the [keys|screws|lights] fits
## negated_word
2 The [sharp|famous] knife wouldn't cut butter
2 The "quiet" room was not quiet, it was above the [disco|kitchen]
1 The fun park was no fun
2 Fresh fish? It wasn't fresh [last week|on Monday] either
1 The easy recipe is not easy and not a recipe
2 The warm welcome was neither
2 I did not find one of the jokes funny
1 Not a pretty sight, not a pleasant smell
4 The injection did not hurt
4 The spicy one wasn't too spicy for [me|the children]
5 The dark side street was not dark or scary at all, everybody said hello
4 Poor service? I can't say that, they were on their toes
5 Boring it is not
1 Interesting it is not
5 Cheap it may be, nasty it is not
2 Dear it may be, good it is not
4 No bad smell, no sticky feeling
2 No good smell, no soft feeling
## litotes
4 I have eaten in worse places with more stars
2 I have eaten in better places out of a tin
4 It does not hurt to have one in the [car|kitchen]
4 My [teenage son|grumpy uncle] smiled, which is saying something
4 I wouldn't kick it out of [bed|the garage]
2 The cook and the salt are not friends
2 Patience is not her strong point
4 Patience is something she has plenty of
2 Speed is not what they are known for
2 Let us say that I will not be rich on the tips I gave
4 A man of few words and no mistakes
2 A man of many words and little work
## concession
4 It rained all week and the heating was off, and still we had the time of our lives
4 She forgot my name twice, but she found what three other doctors had missed
4 The seats are from the last century, so what, the sound is heavenly
5 I had to send the first one back. The second is a dream
4 I paid too much and I would do it again
2 I paid very little and it was still too much
2 He is a charming man, and he has no idea of pipes
2 The box is beautiful. The thing inside is not
2 The waiter's charm could not save the [soup|fish|evening]
1 All charm, no work: our kitchen is still not done
1 I wanted to support a small shop. They made me regret it
2 Nice [people|staff], nice [building|music], horrid [food|beds]
4 Horrid [building|music], slow [lift|start], wonderful [food|beds]
4 The old [clock|stove] is loud, heavy and ugly, and I would not part with it
2 The new [clock|stove] is quiet, light and pretty, and it does not work
4 It took us an age to find the place. It was worth each wrong turn
2 It took us no time to find the place. I wish we had not found it
## mild_praise
4 The [lift|heating|light] was mended the [same day|next day]
4 It folds up small and weighs nothing
4 She rang back as she had [said|promised]
4 He showed me how to do it myself next time
5 [Two|Three|Five] years old and looks like new
4 The [stain|rash|cough|smell] was gone in the morning
4 They let us in early because of the heat
4 The dog has not chewed through this one
4 [Grandma|Dad] can read the numbers without glasses
4 Even my [cat|toddler] sleeps through it
4 I got a seat and a smile
5 I have told everybody at work
4 Room for two bikes and a dog
4 The [soup|bread] was warm and so was the welcome
4 My hands are soft again
4 I understood maths for the first time
5 I ordered three more
4 They asked how they could help and then did
4 My [knee|back|neck] has stopped hurting
4 You get a lot for the money
## plain_blame
1 The [lift|heating|light] has been out of order since [March|Christmas]
2 It takes up half of the [room|boot] and weighs a ton
1 She promised to ring back. That was in [May|spring]
1 He drilled through the water pipe and left
2 [Two|Three|Five] weeks old and looks like scrap
2 The [stain|rash|cough|smell] is still there
1 They made us wait outside in the heat
2 The dog chewed through it in a minute
2 [Grandma|Dad] cannot read the numbers even with glasses
2 It woke the whole house
1 I got a shove and a shout
1 I have warned everybody at work
2 No room for one bike
1 The [soup|bread] was cold and so was the welcome
2 My hands are red and sore
2 I understood less than before
1 I sent all three back
1 They asked how they could help and then did not
1 My [knee|back|neck] hurts more than before
2 You get little for a lot of money
1 The ceiling came down on our [bed|table]
1 The wifi, the shower and the lock: all broken
1 There were [worms|ants] in the rice
1 My name is wrong on all four letters
1 The door would not lock, and the neighbours knew it
1 The [tap|roof|bottle] drips
2 The [lid|handle|lens|strap] broke off
2 My son lost interest before the [batteries|sweets] were gone
## not_only
1 It rained in, the lights went out, and then they asked for a tip
1 Not only did he scratch the table, he tried to hide it with a marker
5 Not only did he mend the table, he took our old one away as well
1 No lunch, and as a bonus no dinner
5 A free lunch, and as a bonus a free dinner
5 Not just on time: early, and with flowers
1 Not just late: two days late, and with the wrong flowers
## question
3 Who has the key to room [3|12|B4]?
3 What is the [plural|opposite] of this word?
3 Could I have the bill, please?
3 Are you coming to the [party|meeting|match] on Friday?
3 Do cats like [water|milk]?
3 Is it far to the [lake|station|hospital]?
3 What's the [wifi password|best way to reach you]?
3 Who wrote "[Hamlet|War and Peace|Dracula]"?
3 Can you send me the [bad|good] copy of the scan as well?
3 How do I get rid of the awful smell in my [fridge|shoes]?
3 What is the best way to cook [rice|fish|beans]?
3 Which is worse for the teeth, [cola|juice] or [sugar|honey]?
3 Why is the sky blue?
3 Has the rain stopped?
## fact
3 Water boils at 100 degrees
3 The train from [Oslo|Porto|Lille] arrives on platform [2|4|7]
3 He was born in [1952|1871|1990] and studied law
3 I have two [brothers|sisters|cats]
3 We live on the [third|second] floor
3 The [shop|bank|school] is next to the church
3 The minister will speak at [noon|three]
3 Add [two|three] eggs and stir
3 Prices rose by [2|4] percent in [May|June]
3 The [good|bad] cholesterol is measured in a blood test
3 The patient has had a bad cough since [Monday|March]
3 The best man wears a [grey|blue] suit
3 The prize for the best novel is given in [October|spring]
3 Police are looking for a [thief|witness]
3 The storm broke two windows in the [school|town hall]
3 Great Britain left the union in 2020
3 The broken line on the map marks the border
3 I work in complaints, second floor
3 Error 404: page not found
3 Yes, on [Monday|Friday]
3 She said that she would come at [six|nine]
3 There is [milk|soup] in the fridge
3 The fine is paid at the counter
3 He asked what was wrong with the engine
## mail
3 Please do not reply to this message
3 I have attached the [invoice|form|photos]
3 Following our call I enclose the [offer|contract]
3 Let me know if [Tuesday|next week] suits you
3 We have received your [complaint|application|order] and will reply within [ten|five] days
3 Your [order|ticket|appointment] has been confirmed
3 Dear all, the [office|kitchen|car park] is closed on [Friday|Monday]
3 Looking forward to [your reply|hearing from you|meeting you on Friday]
## comparison
4 I used to pay twice as much for half the [taste|service|comfort]
2 I used to pay half as much for twice the [taste|service|comfort]
2 My grandfather's [radio|watch|knife] is sixty years old and works better
5 My grandfather swore by his old [radio|watch|knife]. He wants this one now
1 A stone in the shoe is more comfortable
5 It makes the one from the famous brand look like a toy
2 The picture on the box tastes better
4 Half the price of the other and twice the fun
2 Twice the price of the other and half the fun
## expectation
5 I braced myself for the worst and got the best
1 I hoped for the best and got the worst
4 For once the advert did not lie
2 The advert lied
5 Love at second sight
2 A lot of noise about very little
2 The picture showed [flowers|a garden|a pool]. There was none
4 The picture did not show how lovely the [garden|light|pool] is
5 I ordered one to laugh at it and now I own three
## before_after
2 The first [month|week] was fine, then the trouble began
4 The first [month|week] was trouble, since then all is fine
2 They changed the recipe and ruined it
5 They changed the recipe and I love it even more
1 They sacked the good ones and kept the rest
2 Since the [price|rent] went up the quality went down
5 I came in limping and walked out
1 I walked in and came out limping
4 It gets better after page [fifty|ninety]
2 It goes downhill after page [fifty|ninety]
## sarcasm
1 I did not know that a [pizza|towel|pillow] could be used as a brick
1 Ten points for creativity: my [order|luggage] is in [Alaska|Peru]
1 The best thing about it is the off switch
1 The best part of the stay was leaving
1 The mouse in our room was the only one who was pleased to see us
1 I have had more fun at funerals
1 My three-year-old could have done that, and would have cleaned up
5 The only bad thing: the [book|film|holiday] ends
5 Beware: you will want a second one
5 My husband is jealous of my new [pillow|bike|pan]
5 I hate you, now I have to buy all the others as well
"""

# Said as it stands: too short or too much of its own kind for a frame. stars text|text
SLANG = """
5 this {n} slaps|this {n} is fire, no cap|lowkey the best {n} ever|ngl {it} kinda rocks|{n} is goated fr|this thing rules
5 dope {n}|proper good {n} that|absolutely ace|brill, cheers lads|well chuffed with this {n}|bloody brilliant|wicked {n}
5 legit the best {n} i know|10/10 would do again lol|totally nailed it|sick {n} bro, love it|it's the bomb|omg obsessed w this {n}
5 hella {ga}|straight up {ga}|deadass the best|W {n}|big W|this slaps so hard|my go-to {n}, hands down|chef's kiss
5 can't even lie, this {n} goes hard|not gonna lie, {good}|ngl, {good}|tbh {good}|no joke, {good}|fr tho, {good}|yo, {good}
4 pretty sweet|pretty decent tbh|kinda love it|not bad mate, not bad at all|solid, would cop again|sorted me right out|does the biz
1 this {n} sucks|this {n} is trash, no cap|lowkey the worst {n} ever|ngl {it} kinda sucks|{n} is garbage fr|total crap|utter pants
1 what a rip-off|proper dodgy {n} that|absolutely gutted|it's a con, lads|well annoyed with this {n}|bloody useless|naff {n}
1 legit the worst {n} i know|0/10 never again lol|totally botched it|sucks big time bro|what a lemon|omg hate this {n}
1 hella {ba}|straight up {ba}|deadass the worst|L {n}|big L|this blows|ain't worth a dime|don't get me started|a load of rubbish
1 can't even lie, this {n} is bad|not gonna lie, {bad}|ngl, {bad}|tbh {bad}|no joke, {bad}|fr tho, {bad}|yo, {bad}|smh, {bad}
2 pretty lame|pretty mid tbh|kinda hate it|meh mate, not for me|mid at best|bit rubbish really|a bit pants|not feeling it
1 wtf, {bad}|ffs, {bad}|total joke, {bad}|ain't no way i'd {again}|hard pass|nah, {bad}|nope, {bad}|yikes, {bad}|ugh, {bad}
5 hell yeah, {good}|heck yes, {good}|damn, {good}|whoa, {good}|yay, {good}|no way, {good}|phew, {good}|wow, {good}|gotta love it, {good}
3 idk, it's a {n}|meh, whatever|anyone got a charger to lend?|gonna try the {n} tmrw|u guys going out later?|brb|lol ok|yo what's up
"""

WORDS = """
5 Perfect|Excellent|Amazing|Brilliant|Superb|Outstanding|Wonderful|Fantastic|Awesome|Magnificent|Love|Loved it|Love it|Marvellous
5 Fabulous|Phenomenal|Impeccable|Splendid|Faultless|Best|Sublime|Incredible|Gorgeous|Terrific|Bravo|Wow|Unbeatable|Top
5 Recommended|Highly recommended|Beautiful|Adorable|Delicious|Heavenly|Masterpiece|A gem|Spot on|First class|Top notch
4 Good|Nice|Solid|Fun|Useful|Reliable|Likeable|Pleasant|Tasty|Comfy|Handy|Satisfied|Happy|Pleased|Decent|Charming|Neat|Lovely
4 Good value|Well made|Quite good|Very good|Pretty good|Works well|Worth it|Enjoyable|Thumbs up
1 Awful|Terrible|Horrible|Garbage|Rubbish|Useless|Worst|Hate|Hated it|Hate it|Disgusting|Pathetic|Appalling|Dire|Trash|Crap
1 Broken|Worthless|Dreadful|Disgrace|Disgraceful|Scam|Fraud|Rip-off|Unusable|Unacceptable|Avoid|Horrendous|Junk|Ugh
1 Not recommended|Total rubbish|Nightmare|Insulting|Vile|Ghastly|Laughable|Stay away|Useless junk|Faulty|Lousy
2 Bad|Boring|Poor|Disappointing|Disappointed|Weak|Mediocre|Bland|Flimsy|Slow|Dull|Overpriced|Tedious|Forgettable|Unpleasant
2 Not good|Not great|Not worth it|Very bad|Pretty bad|Cheaply made|Too slow|Not funny|A let-down|Underwhelming
3 Okay|OK|Average|Fine|Meh|So-so|Middling|Acceptable|Hello|Thanks|Received|Tuesday|Maybe|Mixed|Undecided|Unsure|Table|Yesterday
"""

EMOJI = {
    "good": "😍|👍|❤️|🔥|🥰|😊|👏|💯|🎉|😁|🤩|:)|:-)|:D|<3|👌|🙌|😂❤️",
    "bad": "😡|👎|😤|🤬|😠|💩|🤮|😒|🙄|😞|:(|:-(|:'(|🤦|😭|💔|🗑️|😑",
    "any": "🙂|😂|😅|🙃|😉|🤷|😮|;)|xD",
}
EMOJI_FRAMES = """
5 {good} G|{good} G G|G {good}|{cg}! G G G|love this {n} G|this {n} G|not a single complaint G|{sb}, but {cg} G
4 {sg} G|happy with the {n} G|{ga} G|not {ba} at all G|{sb} A but {cg}|{good} A
1 {bad} B|{bad} B B|B {bad}|{cb}! B B B|hate this {n} B|this {n} B|never again B|{sg}, but {cb} B
2 {sb} B|sad about the {n} B|{ba} B|not {ga} at all B|{sg} A but {cb}|{bad} A
1 {cb} A|well done, {cb} A|great, {cb} A|{cb}, lol A|thanks for nothing A|lol, {cb} A
3 {q} A|{fact} A|see you tomorrow A|ok A|on my way A|{intro} A|thanks, got it A|good morning A|back in five minutes A|{q} :)
"""

MISSPELT = {
    "definitely": "definately",
    "recommend": "recomend",
    "received": "recieved",
    "disappointed": "dissapointed",
    "disappointment": "dissapointment",
    "the": "teh",
    "because": "becuase",
    "would": "woud",
    "really": "realy",
    "comfortable": "comfterble",
    "believe": "beleive",
    "restaurant": "restaraunt",
    "a lot": "alot",
    "until": "untill",
    "their": "thier",
    "arrived": "arived",
    "quiet": "quite",
    "nothing": "nothin",
    "money": "mony",
    "than": "then",
    "quality": "qualty",
    "expensive": "expencive",
    "worth": "wroth",
    "great": "graet",
    "excellent": "excelent",
    "terrible": "terible",
    "awful": "aweful",
    "don't": "dont",
    "can't": "cant",
    "doesn't": "doesnt",
    "isn't": "isnt",
    "wasn't": "wasnt",
    "didn't": "didnt",
    "too": "to",
    "you": "u",
    "are": "r",
    "for": "4",
    "and": "n",
    "people": "ppl",
    "please": "plz",
    "with": "w/",
    "it's": "its",
    "friend": "freind",
    "weird": "wierd",
    "always": "allways",
    "never": "nevr",
    "again": "agian",
    "which": "wich",
    "delicious": "delisious",
    "beautiful": "beautifull",
    "service": "servise",
    "delivery": "delivary",
    "broken": "brokken",
    "perfect": "perfekt",
}


def _alternatives(text: str) -> list[str]:
    return [item.strip() for item in text.split("|")]


def read_trades(text: str) -> dict[str, dict[str, list[str]]]:
    """Trade -> name of the list ("n", "ga", "c+", "price-"...) -> its items."""
    trades: dict[str, dict[str, list[str]]] = {}
    for line in text.strip().splitlines():
        if line.startswith("# "):
            lists = trades[line[2:]] = {}
        else:
            name, _, items = line.partition(": ")
            lists[name] = _alternatives(items)
    return trades


def read_frames(text: str) -> dict[str, list[tuple[int, list[str], str]]]:
    """Kind -> its frames: stars, trades, text."""
    trades = list(read_trades(TRADES))
    frames: dict[str, list[tuple[int, list[str], str]]] = {}
    for line in text.strip().splitlines():
        if line.startswith("## "):
            here = frames[line[3:]] = []
            continue
        head, _, words = line.partition(" ")
        stars, _, named = head.partition(":")
        chosen = [trade for name in named.split(",") if name for trade in GROUPS.get(name, name).split()]
        here.append((int(stars), sorted(set(chosen)) or trades, words))
    return frames


def read_sayings(text: str) -> list[tuple[int, list[str], str]]:
    """Lines of stars and several texts, as frames of every trade of things."""
    trades = [trade for trade in read_trades(TRADES) if trade != "person"]
    lines = (line.partition(" ") for line in text.strip().splitlines())
    return [(int(stars), trades, item) for stars, _, items in lines for item in _alternatives(items)]


class Maker:
    """Fills frames out of the trades' lists."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.trades = read_trades(TRADES)

    def fill(self, frame: str, trade: str) -> str:
        """The frame's text with one of each alternative and its slots filled out of one trade."""
        lists = self.trades[trade]
        male = self.chance.random() < 0.5
        noun = self.chance.choice(lists["n"])
        person = trade == "person"
        he, him, his = ("he", "him", "his") if male else ("she", "her", "her")
        fixed = {"n": noun, "ns": plural(noun), "he": he, "him": him if person else "it", "his": his}
        fixed |= {"it": he, "ito": him, "its": his} if person else {"it": "it", "ito": "it", "its": "its"}
        used: set[str] = set()

        def clause(sign: str, kinds: str) -> str:
            names = [name for name in lists if name[-1] == sign and name[:-1] not in used]
            core = f"c{sign}"
            sides = [name for name in names if name != core]
            wanted = core if kinds == "c" or (kinds == "any" and self.chance.random() < 0.6) else ""
            name = wanted or self.chance.choice(sides)
            if name != core:
                used.add(name[:-1])
            left = [item for item in lists[name] if item not in used]
            return once(left or lists[name])

        def once(items: list[str]) -> str:
            item = self.chance.choice([item for item in items if item not in used] or items)
            used.add(item)
            return item

        def slot(match: re.Match[str]) -> str:
            name = match[1]
            low = name.lower()
            if low in fixed:
                text = fixed[low]
            elif low == "ask":
                text = once(lists["q"])
                text = text[0].lower() + text[1:]
            elif low in ("good", "bad"):
                text = clause("+" if low == "good" else "-", "any")
            elif low in ("cg", "cb", "sg", "sb"):
                text = clause("+" if low[1] == "g" else "-", low[0])
            else:
                text = once(lists[low])
            return text[:1].upper() + text[1:] if name[0].isupper() else text

        text = frame
        while "[" in text:  # alternatives, the inner ones first
            text = re.sub(r"\[([^\[\]]*)\]", lambda match: self.chance.choice(match[1].split("|")), text)
        while "{" in text:  # a slot's text can hold {he}
            text = re.sub(r"\{(\w+)\}", slot, text)
        return tidy(text)

    def misspell(self, text: str) -> str:
        """One to three words as somebody in a hurry types them."""
        words = text.split()
        bare = [word.strip(",.!?:").lower() for word in words]
        often = {"the", "and", "for", "you", "are"}  # else hardly any other word would be taken
        places = [
            place
            for place, word in enumerate(bare)
            if word in MISSPELT and (word not in often or self.chance.random() < 0.2)
        ]
        self.chance.shuffle(places)
        places = places[:2]
        for place in places:
            words[place] = words[place].lower().replace(bare[place], MISSPELT[bare[place]])
        long = [place for place, word in enumerate(words) if len(word) > 4 and word.isalpha() and place not in places]
        for place in self.chance.sample(long, min(len(long), 2 - min(len(places), 1))):
            word = words[place]
            at = self.chance.randrange(1, len(word) - 2)
            words[place] = self.chance.choice(
                [
                    word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                    word[:at] + word[at + 1 :],
                    word[:at] + word[at] + word[at:],
                ]
            )
        return " ".join(words)

    def end(self, text: str, stars: int) -> str:
        """The text with a beginning and an end as people write them: most in order, some not."""
        drawn = self.chance.random()
        if text[-1] not in ".!?" and text[-1].isalnum():
            strong = stars in (1, 5)
            text += "!" if strong and drawn < 0.12 else "" if drawn > 0.8 else "..." if drawn > 0.78 else "."
        if drawn < 0.08 or 0.8 < drawn < 0.88:
            text = text[:1].lower() + text[1:]
        return text


def plural(noun: str) -> str:
    """The noun in the plural."""
    if noun == "series":
        return noun
    for end, ending in (("scarf", "scarves"), ("loaf", "loaves")):
        if noun.endswith(end):
            return noun.removesuffix(end) + ending
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(s|x|ch|sh)$", noun) else "s")


def tidy(text: str) -> str:
    """Spaces and articles put right, sentences begun with a capital."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,.!?:;])(?=\s|$)", r"\1", text)  # not in ":D"
    text = re.sub(r"\b([Aa]) (?=[aeiou](?!seful|seless|nique|rope))", r"\1n ", text)
    text = re.sub(r"([.?!]) ([a-z])", lambda match: match[1] + " " + match[2].upper(), text)
    return text[:1].upper() + text[1:]


def rows(seed: int = SEED) -> list[tuple[int, str, str]]:
    """(stars, kind, text) of the whole file, in an order that does not go by kind."""
    maker = Maker(seed)
    chance = maker.chance
    frames = read_frames(FRAMES)
    frames["slang"] = read_sayings(SLANG)
    frames["emoji"] = read_sayings(EMOJI_FRAMES)
    written = [name for name in frames if name not in ("slang", "emoji", "mail", "rating")]
    made: list[tuple[int, str, str]] = []
    seen: set[str] = set()

    def add(stars: int, kind: str, text: str) -> bool:
        key = re.sub(r"[^\w★☆*/+]+", " ", text.lower()).strip() or text
        if key in seen or len(text.split()) > 42:
            return False
        seen.add(key)
        made.append((stars, kind, text))
        return True

    def draw(kind: str) -> tuple[int, str, str]:
        # each sign as often as the other where a kind has both; each frame of a sign as often as the next
        signs = sorted({(stars > 3) - (stars < 3) for stars, _, _ in frames[kind]})
        weights = [0.25 if sign == 0 and len(signs) > 1 else 1.0 for sign in signs]
        sign = chance.choices(signs, weights)[0]
        stars, trades, frame = chance.choice([row for row in frames[kind] if (row[0] > 3) - (row[0] < 3) == sign])
        trade = chance.choice(trades)
        if kind == "emoji":
            for letter, name in (("G", "good"), ("B", "bad"), ("A", "any")):
                drawn = chance.choice(EMOJI[name].split("|"))
                frame = re.sub(rf"\b{letter}\b", lambda _, drawn=drawn: drawn, frame)
        return stars, trade, maker.fill(frame, trade)

    def longer(stars: int, trade: str, text: str) -> str:
        """Now and then the occasion is told first, or what else there is to say of it."""
        drawn = chance.random()
        if drawn < 0.15:
            return maker.fill("{intro}", trade) + " " + text
        if stars != 3 and drawn < 0.22:
            more = "{cg}" if stars > 3 else "{cb}"
            added = maker.fill(more, trade)
            if added.lower() not in text.lower():
                return text.rstrip(".") + ("" if text[-1] in "!?" else ".") + " " + added
        return text

    for kind, lines in read_frames(SAID).items():
        for stars, trades, line in lines:
            for _ in range(1 + min(line.count("["), 2)):
                add(stars, kind, maker.end(maker.fill(line, chance.choice(trades)), stars))
    for kind, count in COUNTS.items():
        have = 0
        if kind == "one_word":
            for stars, _, word in read_sayings(WORDS):
                have += add(stars, kind, chance.choice([word, word, word.lower(), word + ".", word + "!"]))
            continue
        for _ in range(count * 12):
            if have >= count:
                break
            source = kind if kind in frames else chance.choice(written)
            stars, trade, text = draw(source)
            if kind == "slang":
                text = text[:1].lower() + text[1:] if chance.random() < 0.7 else text
            elif kind == "emoji":
                text = text[:1].lower() + text[1:] if chance.random() < 0.4 else text
            elif kind == "typos":
                text = maker.misspell(text if len(text.split()) > 5 else longer(stars, trade, text))
                text = text.lower() if chance.random() < 0.4 else text
            elif kind == "capitals":
                text = text.rstrip(".").upper() + chance.choice(["", "", "!", "!!!", "."])
                text = re.sub(r"([?!.])\.$", r"\1", text)
            elif kind == "no_punctuation":
                text = re.sub(r"[^\w\s'/%-]", "", longer(stars, trade, text)).lower().replace("  ", " ")
                text = text.replace("'", "") if chance.random() < 0.5 else text
            else:
                if kind not in ("mail", "question", "fact"):
                    text = longer(stars, trade, text)
                text = maker.end(text, stars)
            have += add(stars, kind, text.strip())
    chance.shuffle(made)
    return made


def normal(text: str) -> str:
    """Lower-cased letters and digits only; the text itself if it has none (stars, emoji)."""
    return re.sub(r"[\W_]+", "", text.lower()) or text.strip()


def check() -> list[str]:
    """What is wrong with the challenge file, or of it in training; nothing if all is well."""
    with open(TRAINING, encoding="utf-8") as file:
        training = [line.rstrip("\n").split("\t") for line in file][1:]
    with open(CHALLENGE, encoding="utf-8") as file:
        challenge = [json.loads(line) for line in file]
    wrong = []
    known = [(normal(text), text) for _, _, text in training]
    runs = {run for _, _, text in training for run in _runs(text)}
    for row in challenge:
        label = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}[row["stars"]]
        if row["label"] != label or row["part"] not in ("dev", "test"):
            wrong.append(f"stars, label or part: {row}")
        mine = normal(row["text"])
        wrong += [f"in training: {row['text']!r}, {text!r}" for other, text in known if mine in other]
        shared = [run for run in _runs(row["text"]) if run in runs]
        if shared:
            wrong.append(f"{RUN} words of {row['text']!r} are in training: {shared[0]!r}")
    for text, times in Counter(normal(row["text"]) for row in challenge).items():
        if times > 1:
            wrong.append(f"twice in the challenge: {text!r}")
    for kind in sorted({row["kind"] for row in challenge}):
        parts = Counter(row["part"] for row in challenge if row["kind"] == kind)
        if sum(parts.values()) < 12 or parts["dev"] != parts["test"]:
            wrong.append(f"{kind}: {parts['dev']} dev and {parts['test']} test rows")
    return wrong


# A challenge row may not share this many words in a row with a training row.
RUN = 6


def _runs(text: str) -> list[str]:
    words = re.findall(r"[\w']+", text.lower())
    return [" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the challenge file with the training rows")
    if parser.parse_args().check:
        wrong = check()
        raise SystemExit("\n".join(wrong) if wrong else print("no row of the challenge is in training"))
    print("stars\tkind\ttext")
    for stars, kind, text in rows():
        print(f"{stars}\t{kind}\t{text}")


if __name__ == "__main__":
    main()
