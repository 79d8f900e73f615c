"""One maker a shape of knowledge: each turns material into drafts of items; `assist.quiz.generate` runs them all."""

from assist.quiz.makers.cells import from_tables
from assist.quiz.makers.faq import from_faq
from assist.quiz.makers.lists import from_lists
from assist.quiz.makers.offers import from_offers
from assist.quiz.makers.points import from_points
from assist.quiz.makers.scripts import from_scripts
from assist.quiz.makers.sentences import from_sentences

MAKERS = (from_tables, from_sentences, from_lists, from_points, from_faq, from_scripts, from_offers)
"""Every maker, in no order that matters: what is made is shuffled before it is chosen from."""

__all__ = ["MAKERS"]
