"""How well personal details are hidden: made-up people in made-up sentences, and figures of the trade as decoys."""
